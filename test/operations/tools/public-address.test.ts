import fc from "fast-check";
import { expect, test } from "vitest";
import { isPublicAddress } from "../../../src/operations/tools/public-address.ts";

test.each(["8.8.8.8", "1.1.1.1", "93.184.215.14", "172.15.0.1", "172.32.0.1", "223.255.255.255", "100.63.0.1", "2606:4700::1111", "2a00:1450:4001::8b"])(
  "%s is public",
  (address) => expect(isPublicAddress(address)).toBe(true),
);

test.each([
  "127.0.0.1",
  "127.255.0.3",
  "0.0.0.0",
  "10.1.2.3",
  "100.64.0.1",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "192.0.0.192",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:127.0.0.1",
  "::ffff:8.8.8.8",
  "::127.0.0.1",
  "64:ff9b::7f00:1",
  "2001::1",
  "2001:db8::1",
  "2002:7f00:1::1",
  "fc00::1",
  "fd00:ec2::254",
  "fe80::1",
  "fe80::1%eth0",
  "2606:4700::1111%eth0",
  "ff02::1",
  "localhost",
  "0x7f.1",
  "",
])("%s is not", (address) => expect(isPublicAddress(address)).toBe(false));

test("no IPv4 address of a private net is public in any spelling that IPv6 has for it", () => {
  const octet = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(fc.constantFrom("10", "127"), octet, octet, octet, (a, b, c, d) => {
      const v4 = `${a}.${b}.${c}.${d}`;
      const hex = [Number(a) * 256 + b, c * 256 + d].map((part) => part.toString(16)).join(":");
      for (const address of [v4, `::ffff:${v4}`, `::${v4}`, `::ffff:${hex}`, `64:ff9b::${v4}`, `2002:${hex}::`])
        expect(isPublicAddress(address), address).toBe(false);
    }),
  );
});
