import { expect, test } from "vitest";
import { dark, depthOf, inkOf, light, type Tint, type Theme, themeFor } from "./theme.ts";

const theme = {
  ...dark,
  keyword: { colour: "#ff0000", bold: true },
  link: { colour: "#5f87af", underline: true },
} as Theme;

test("a look is written in the colours that the terminal has", () => {
  expect(inkOf(theme, "truecolor")("if", "keyword")).toBe("\x1b[1;38;2;255;0;0mif\x1b[0m");
  expect(inkOf(theme, "256")("if", "keyword")).toBe("\x1b[1;38;5;196mif\x1b[0m");
  expect(inkOf(theme, "256")("x", "link")).toBe("\x1b[4;38;5;67mx\x1b[0m");
  expect(inkOf(theme, "16")("if", "keyword")).toBe("\x1b[1;31mif\x1b[0m");
  expect(inkOf(theme, "none")("if", "keyword")).toBe("\x1b[1mif\x1b[0m");
  expect(inkOf(theme, "none")("1", "number")).toBe("1");
  expect(inkOf(theme, "truecolor")("", "keyword")).toBe("");
  expect(inkOf(theme, "none")("x", "strong", "emphasis")).toBe("\x1b[1;3mx\x1b[0m");
});

test("how many colours there are is what the terminal says, and none where somebody wants none", () => {
  expect(depthOf({ TERM: "xterm-256color", COLORTERM: "truecolor" })).toBe("truecolor");
  expect(depthOf({ TERM: "tmux-256color" })).toBe("256");
  expect(depthOf({ TERM: "linux" })).toBe("16");
  expect(depthOf({ TERM: "xterm-256color", NO_COLOR: "1" })).toBe("none");
  expect(depthOf({ TERM: "xterm-256color", NO_COLOR: "" })).toBe("256");
  expect([depthOf({ TERM: "dumb" }), depthOf({})]).toEqual(["none", "none"]);
});

test("the theme goes with the background that the terminal tells", () => {
  expect(themeFor("rgb:1e1e/1e1e/2e2e")).toBe(dark);
  expect(themeFor("rgb:ff/ff/ee")).toBe(light);
  expect([themeFor("#fafafa"), themeFor("#101010")]).toEqual([light, dark]);
});

test.each([
  ["dark", dark, "#1e1e2e"],
  ["light", light, "#fafafa"],
] as const)("every colour of the %s theme can be read on its background", (_name, colours, background) => {
  const shine = (hex: string) => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5]
      .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (a: string, b: string) => {
    const [high, low] = [shine(a), shine(b)].toSorted((x, y) => y - x) as [number, number];
    return (high + 0.05) / (low + 0.05);
  };
  const poor = (Object.keys(colours) as Tint[]).filter((tint) => {
    const { colour } = colours[tint];
    return colour !== undefined && contrast(colour, background) < 4.5;
  });
  expect(poor).toEqual([]);
});
