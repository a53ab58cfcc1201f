// Imported before everything else: what follows needs this Node even to be loaded.
const wanted = 24;
if (Number(process.versions.node.split(".")[0]) < wanted) {
  process.stderr.write(
    `daimon: Node ${wanted} or newer is needed (this is ${process.version}); install it from https://nodejs.org\n`,
  );
  process.exit(3);
}
