// Prints "N passed, N failed" from vitest's results; a file that could not even be loaded counts as one failure.
import { readFileSync } from "node:fs";

const { numPassedTests, numFailedTests, testResults } = read();
const unloaded = testResults.filter(
  ({ status, assertionResults }) => status === "failed" && assertionResults.every((test) => test.status !== "failed"),
);
const failed = numFailedTests + unloaded.length;
console.log(`${numPassedTests} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

function read() {
  try {
    return JSON.parse(readFileSync(process.argv[2], "utf8"));
  } catch (error) {
    console.error(`the test runner left no results: ${error.message}`);
    return { numPassedTests: 0, numFailedTests: 1, testResults: [] };
  }
}
