/** Our own colours: the only control sequences of style that reach the terminal. */

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;
export type Colour = keyof typeof codes;
export type Paint = (colour: Colour, text: string) => string;

export const plain: Paint = (_colour, text) => text;
export const coloured: Paint = (colour, text) => (text === "" ? "" : `\x1b[${codes[colour]}m${text}\x1b[0m`);

/** https://no-color.org: any value but an empty one switches colours off. */
export const paintFor = (env: NodeJS.ProcessEnv, isTerminal: boolean): Paint =>
  isTerminal && !env["NO_COLOR"] && env["TERM"] !== "dumb" ? coloured : plain;
