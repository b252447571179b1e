import { BlockList, isIP } from "node:net";

/** IPv4 that belongs to nobody on the internet: this machine, private and shared nets, link-local (where clouds keep their metadata), tests, multicast. */
const special4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const;

/** Within the one block of IPv6 that is given out: protocols (Teredo among them), documentation, 6to4, which leads to any IPv4. */
const special6 = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const;

const special = new BlockList();
for (const [net, bits] of special4) special.addSubnet(net, bits, "ipv4");
for (const [net, bits] of special6) special.addSubnet(net, bits, "ipv6");
const given = new BlockList();
given.addSubnet("2000::", 3, "ipv6");

/** Whether an address is one of the public internet. Of IPv6 only what is given out counts, so that no IPv4 hides in it. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special.check(address, "ipv4");
  return family === 6 && !address.includes("%") && given.check(address, "ipv6") && !special.check(address, "ipv6");
}
