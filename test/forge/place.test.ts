import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { apiHost, forgePlace, readRepo, repoOfUrl } from "../../src/forge/place.ts";

describe("the repository of a remote", () => {
  test.each([
    ["https://github.com/acme/desk.git", "github.com", "acme/desk"],
    ["https://github.com/acme/desk", "github.com", "acme/desk"],
    ["https://GitHub.com/acme/desk/", "github.com", "acme/desk"],
    ["git@github.com:acme/desk.git", "github.com", "acme/desk"],
    ["ssh://git@github.com/acme/desk.git", "github.com", "acme/desk"],
    ["ssh://git@git.example.org:2222/acme/de.sk", "git.example.org", "acme/de.sk"],
  ])("%s", (url, host, repo) => {
    const found = repoOfUrl(url);
    expect([found?.host, `${found?.repo.owner}/${found?.repo.name}`]).toEqual([host, repo]);
  });

  test.each([
    "/srv/desk.git",
    "file:///srv/acme/desk",
    "https://github.com/acme",
    "https://github.com/a/b/c",
    "git@github.com:/acme/desk",
    "https://github.com/acme/..",
    "https://github.com/-a/b",
  ])("none in %s", (url) => expect(repoOfUrl(url)).toBeUndefined());

  test("whatever is read as one can stand in a path as it is", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60, unit: "binary" }), (text) => {
        const repo = readRepo(text);
        expect(repo === undefined || encodeURI(`${repo.owner}/${repo.name}`) === text).toBe(true);
      }),
    );
  });
});

describe("where the API is", () => {
  test("a remote at GitHub is asked there; any other host only where it is named", () => {
    expect(forgePlace({ remoteUrl: "git@github.com:acme/desk.git" })).toEqual({ apiUrl: "https://api.github.com", repo: { owner: "acme", name: "desk" } });
    expect(() => forgePlace({ remoteUrl: "git@evil.example:acme/desk.git" })).toThrow(/nothing says where its API is/);
    expect(forgePlace({ remoteUrl: "git@git.example.org:acme/desk.git", apiUrl: "https://git.example.org/api/v3/" }).apiUrl).toBe(
      "https://git.example.org/api/v3",
    );
    expect(() => forgePlace({ remoteUrl: "git@evil.example:acme/desk.git", repo: "acme/desk" })).toThrow(/nothing says/);
    expect(() => forgePlace({ repo: "acme/../desk" })).toThrow(/is no repository/);
  });

  test.each(["http://api.github.com", "ftp://x", "https://a:b@api.github.com", "https://api.github.com/?x", "nonsense"])("not at %s", (apiUrl) => {
    expect(() => forgePlace({ repo: "acme/desk", apiUrl })).toThrow(/no https address/);
  });

  test("host and port are those that policy is asked about", () => {
    expect(apiHost("https://api.github.com")).toEqual({ host: "api.github.com", port: 443 });
    expect(apiHost("http://127.0.0.1:8080/api/v3")).toEqual({ host: "127.0.0.1", port: 8080 });
  });
});
