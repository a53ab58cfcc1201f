import { usageOf } from "./arguments.ts";
import { type Command, commands, everywhere, type Option } from "./table.ts";

const columns = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
};
const spelled = ({ name, short, value }: Option): string =>
  `${short ? `-${short}, ` : "    "}--${name}${value ? ` ${value}` : ""}`;

export function overview(): string {
  const words = (command: Command) =>
    [command.name, ...command.arguments.map(({ name, optional }) => (optional ? `[${name}]` : name))].join(" ");
  return `daimon: an assistant and you share one live Python, from any number of terminals.

usage: daimon [COMMAND]

${columns(commands.map((command) => [words(command), command.about] as const))}

SESSION is an id, the beginning of one, or a title. "daimon COMMAND --help" tells more about one; --version tells which this is.
Exit codes: 0 done, 1 the work failed, 2 usage, 3 no daemon, 4 refused, 130 interrupted.
`;
}

export function helpFor(command: Command): string {
  const options = [...command.options, ...everywhere];
  const parts = [
    usageOf(command),
    command.about[0]!.toUpperCase() + command.about.slice(1) + ".",
    columns(options.map((option) => [spelled(option), option.about] as const)),
    ...(command.more ? [command.more] : []),
  ];
  return `${parts.join("\n\n")}\n`;
}
