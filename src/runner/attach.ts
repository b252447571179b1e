import type { Duplex } from "node:stream";
import type Docker from "dockerode";

/**
 * Opens the container's stdin, stdout and stderr as one stream. Not through dockerode's own attach: it posts its options as a JSON
 * body, which some engines feed to the program's stdin; an empty body does no harm anywhere.
 */
export function attach(docker: Docker, container: string): Promise<Duplex> {
  const request = {
    path: `/containers/${container}/attach?stream=1&stdin=1&stdout=1&stderr=1`,
    method: "POST",
    isStream: true,
    hijack: true,
    openStdin: true,
    file: Buffer.alloc(0),
    statusCodes: { 101: true, 200: true, 404: "no such container", 409: "container is paused", 500: "server error" },
  };
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  docker.modem.dial(request, (error: unknown, stream: unknown) => {
    if (error !== null && error !== undefined) return reject(error);
    const duplex = stream as Duplex;
    // An engine that goes away, or a program that ends before it read its stdin, must not end this process: the end is what counts.
    duplex.on("error", () => {});
    return resolve(duplex);
  });
  return promise;
}
