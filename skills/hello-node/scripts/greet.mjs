import { accessSync, constants } from "node:fs";

/**
 * The greeting and the facts of this run.
 * @param {string} text one JSON object, or nothing
 * @returns {{greeting: string, cwd: string, cwdWritable: boolean, rootWritable: boolean, runtime: string, input: object}}
 * @throws {TypeError} when the text is not a JSON object, or the name not a text of 1 to 100 characters
 */
export function greet(text) {
  const input = parse(text);
  const { name = "world" } = input;
  if (typeof name !== "string" || name.length === 0 || [...name].length > 100) throw new TypeError("name must be a text of 1 to 100 characters");
  return {
    greeting: `Hello, ${name}!`,
    cwd: process.cwd(),
    cwdWritable: writable("."),
    rootWritable: writable("/"),
    runtime: `node ${process.version}`,
    input,
  };
}

function parse(text) {
  let value;
  try {
    value = text.trim() === "" ? {} : JSON.parse(text);
  } catch (cause) {
    throw new TypeError("the input is not JSON", { cause });
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw new TypeError("the input must be a JSON object");
  return value;
}

/** Asks the kernel; nothing is written. */
function writable(path) {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
