/** How each language says what the rules look for. Groups of `env` and `assigned` hold the name; repetition is bounded. */
export interface Language {
  endings: readonly string[];
  /** Whole-line comments. */
  comment: RegExp;
  /** Reads one variable of the environment. */
  env: readonly RegExp[];
  /** Gives a variable a value of its own, so that reading it reads no environment. */
  assigned?: RegExp;
  /** Takes all of the environment at once. */
  wholeEnv: RegExp;
}

export const languages: readonly Language[] = [
  {
    endings: [".py"],
    comment: /^[ \t]*#[^\n]*/gm,
    env: [
      /\benviron(?:\s{0,4}\[|\.(?:get|pop|setdefault)\s{0,4}\()\s{0,4}[rbu]?["']([A-Za-z_]\w{0,100})["']/g,
      /\bgetenv\s{0,4}\(\s{0,4}["']([A-Za-z_]\w{0,100})["']/g,
    ],
    wholeEnv: /\b(?:dict|json\.dumps|str|list)\s{0,4}\(\s{0,4}(?:dict\s{0,4}\(\s{0,4})?os\.environ\b(?!\[)|\bos\.environ\.(?:copy|items|values)\b/g,
  },
  {
    endings: [".js", ".mjs", ".cjs", ".ts", ".mts"],
    comment: /^[ \t]*(?:\/\/|\*|\/\*)[^\n]*/gm,
    env: [/\bprocess\.env\.([A-Za-z_]\w{0,100})/g, /\bprocess\.env\s{0,4}\[\s{0,4}["'`]([A-Za-z_]\w{0,100})["'`]/g],
    wholeEnv: /\b(?:JSON\.stringify|Object\.(?:entries|values|assign))\s{0,4}\([^)\n]{0,40}process\.env\b(?![.[])|\.\.\.process\.env\b/g,
  },
  {
    endings: [".sh", ".bash"],
    comment: /^[ \t]*#[^\n]*/gm,
    env: [/\$\{?[#!]?([A-Z_][A-Z0-9_]{1,100})\b/g],
    assigned:
      /(?:(?:^|[\s;(&|])|\b(?:for|read|local|export|declare|readarray|mapfile)\s{1,4}(?:-\w{1,4}\s{1,4}){0,4})([A-Z_][A-Z0-9_]{0,100})(?=\+?=|\s{1,4}in\b|\s{0,4}(?:$|;|<))/gm,
    wholeEnv: /(?<=^|[\s;(&|])(?:printenv|env)\s{0,4}(?:$|[|;>)])/gm,
  },
];

/** The language of a file by its ending; undefined when it is no code we read. */
export function languageOf(path: string): Language | undefined {
  return languages.find((language) => language.endings.some((ending) => path.endsWith(ending)));
}
