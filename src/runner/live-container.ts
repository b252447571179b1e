import type { Duplex } from "node:stream";
import type Docker from "dockerode";
import { attach } from "./attach.ts";
import { containerSpec, type ContainerNeeds } from "./container.ts";
import type { Conversation } from "./conversation.ts";
import { engineError, statusOf } from "./engine-errors.ts";
import { settleLater, stateOf, type JobEngine } from "./job-engine.ts";
import { joinOutside, verifyNetwork } from "./network.ts";
import { thisOwner } from "./owner.ts";
import { verifyContainer } from "./verify.ts";
import { verifyVolumes } from "./volume.ts";
import { within } from "./within.ts";

/** An engine that has not answered by then never will. */
const answerLimitMs = 60_000;
/** Between the end of the stream and the exit code; 25 ms are usual. */
const exitLateMs = 1_000;
/** For the last output, once the engine says that the container has ended. */
const drainLimitMs = 5_000;

/** The engine's own word on how a container ended. */
export interface EngineWord {
  exitCode: number;
  oomKilled: boolean;
}

/** One container from create to removal: hardened, verified, attached, started, killed, reaped. */
export class LiveContainer {
  /** The stream in and out; may be written to before the program has started. */
  readonly attached: Promise<Duplex>;
  readonly started: Promise<void>;
  /** Empty until it is created. */
  id = "";
  /** The engine reported that something in it was killed for memory. */
  sawOom = false;
  /** Called each time that happens. */
  onOom: (() => void) | undefined;
  readonly engine: JobEngine;
  readonly #conversation: Conversation;
  readonly #stream = Promise.withResolvers<Duplex>();
  readonly #startOver: Promise<unknown>;
  readonly #closed = Promise.withResolvers<void>();
  #container: Docker.Container | undefined;
  #exit: Promise<{ StatusCode: number }> | undefined;
  #removal: Promise<void> | undefined;
  #unwatch: (() => void) | undefined;
  #ended: Promise<EngineWord> | undefined;
  #isClosed = false;

  constructor(engine: JobEngine, needs: ContainerNeeds, conversation: Conversation) {
    this.engine = engine;
    this.#conversation = conversation;
    this.attached = this.#stream.promise;
    const start = this.#start(needs);
    // A removal that overtakes the start would leave what is then started.
    this.#startOver = Promise.allSettled([start]);
    this.started = start.catch(async (thrown: unknown) => {
      const error = engineError(thrown, "a container was started", needs.image);
      this.#stream.reject(error);
      await this.remove();
      throw error;
    });
    // Both are awaited by whoever runs a job; a slot that is never used must not end the process.
    this.started.catch(() => {});
    this.attached.catch(() => {});
  }

  /** Whether the stream has ended: nobody listens any more. */
  get closed(): boolean {
    return this.#isClosed;
  }

  async #start(needs: ContainerNeeds): Promise<void> {
    const { docker, runtime } = this.engine;
    const options = containerSpec(runtime === undefined ? needs : { runtime, ...needs }, thisOwner());
    const container = await docker.createContainer(request(options));
    this.#container = container;
    this.id = container.id;
    await joinOutside(docker, container.id, needs.network);
    const [stream, made] = await Promise.all([attach(docker, container.id), container.inspect()]);
    const end = (): void => {
      this.#isClosed = true;
      this.#closed.resolve();
    };
    stream
      .on("data", (chunk: Buffer) => this.#conversation.hear(chunk))
      .on("end", end)
      .on("close", end)
      .on("error", end);
    verifyContainer(options, made);
    await Promise.all([verifyVolumes(docker, needs.mounts ?? [], needs.scope), verifyNetwork(docker, needs.network, needs.scope, made)]);
    this.#stream.resolve(stream);
    this.#unwatch = stateOf(this.engine).oom.watch(container.id, () => {
      this.sawOom = true;
      this.onOom?.();
    });
    this.#exit = container.wait({ condition: "next-exit" }) as Promise<{ StatusCode: number }>;
    this.#exit.catch(() => {});
    await stateOf(this.engine).gate.pass(() => container.start(request({})));
  }

  /** Resolves with the engine's word when the container has ended and its stream is read to the end. */
  ended(): Promise<EngineWord> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<EngineWord> {
    await this.started;
    try {
      const exitCode = await this.#exitCode();
      await within(this.#closed.promise, drainLimitMs);
      const { State } = await this.#inspect();
      return { exitCode, oomKilled: State.OOMKilled || this.sawOom };
    } catch (thrown) {
      // Killed and removed by somebody else: a halt, a sweep, a person.
      if (statusOf(thrown) === 404) return { exitCode: 137, oomKilled: this.sawOom };
      throw engineError(thrown, "a job was running");
    }
  }

  /**
   * The engine answers a wait in two parts, and of one whose second part never comes nothing is ever heard. So when the stream has
   * ended and the answer is late, the engine is asked; then it either knows, or is gone.
   */
  async #exitCode(): Promise<number> {
    await Promise.race([this.#exit, this.#closed.promise]);
    for (;;) {
      if (this.#exit !== undefined && (await within(this.#exit, exitLateMs))) return (await this.#exit).StatusCode;
      const { State } = await this.#inspect();
      if (!State.Running) return State.ExitCode;
    }
  }

  #inspect(): Promise<Docker.ContainerInspectInfo> {
    return this.#required.inspect(request({}));
  }

  /** SIGKILL from outside; what has ended already is no error. */
  async kill(): Promise<void> {
    try {
      await this.started;
      await this.#required.kill({ signal: "SIGKILL" });
    } catch {
      // Ended, removed, never started, or the engine is gone: `ended` tells which.
    }
  }

  /** Removes it, running or not, once its start is over. Off the critical path: callers await it only when they close. */
  remove(): Promise<void> {
    this.#removal ??= settleLater(this.engine, this.#remove());
    return this.#removal;
  }

  async #remove(): Promise<void> {
    await this.#startOver;
    this.#unwatch?.();
    try {
      await this.#container?.remove({ force: true, v: true });
    } catch {
      // Gone, going, or left to the sweep of a later run by its labels.
    }
    const stream = await this.attached.catch(() => undefined);
    stream?.destroy();
  }

  get #required(): Docker.Container {
    if (this.#container === undefined) throw new Error("the container was not created");
    return this.#container;
  }
}

/** dockerode puts its options into the URL and the body both, unless they are given apart; proxies refuse long URLs. */
function request(body: object): object {
  return { _query: {}, _body: body, abortSignal: AbortSignal.timeout(answerLimitMs) };
}
