/** A client of the GenCraft Media Engine: every address with its types in `api`, and `generate`, which sees a job through. */

import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";

export type Job = components["schemas"]["MediaGenerationJob"];
export type Problem = components["schemas"]["Problem"];
export type Request = components["schemas"]["GenerationRequest"];

type Answer<Body> = { data?: Body; error?: unknown; response: Response };

const ENDS: readonly Job["status"][] = ["completed", "failed", "canceled"];
const TRIES = 4;

/** An answer that is not the wanted one. `problem` is the engine's own account of it; a proxy in between gives none. */
export class RequestRefused extends Error {
  readonly status: number;
  readonly problem: Problem | undefined;
  readonly retryable: boolean;

  constructor(status: number, body: unknown) {
    const problem = typeof body === "object" && body !== null && "code" in body ? (body as Problem) : undefined;
    super(problem ? `${problem.code}: ${problem.detail}` : `HTTP ${status}`);
    this.status = status;
    this.problem = problem;
    this.retryable = problem ? problem.retryable : status >= 500;
  }
}

export class GenCraft {
  readonly api: Client<paths>;

  /** `url` is the engine's own, without a path: https://media.example.com. */
  constructor({ url, key }: { url: string; key: string }) {
    this.api = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${key}` } });
  }

  /** Asks for pictures and answers with the job once it has ended, however it ended. The same key is the same job. */
  async generate(request: Request, idempotencyKey: string = crypto.randomUUID()): Promise<Job> {
    const header = { "Idempotency-Key": idempotencyKey, Prefer: "wait=30" };
    const job = await persistently(() => this.api.POST("/api/media/generate", { body: request, params: { header } }));
    return this.finished(job);
  }

  /** The job as it is once it has ended. */
  async finished(job: Job): Promise<Job> {
    const params = { path: { job_id: job.id }, header: { Prefer: "wait=30" } };
    let found = job;
    while (!ENDS.includes(found.status)) {
      found = await persistently(() => this.api.GET("/api/media/jobs/{job_id}", { params }));
    }
    return found;
  }
}

/** Asks again after a broken line (a TypeError of fetch) and after what the engine calls retryable, when it says so. */
async function persistently<Body>(ask: () => Promise<Answer<Body>>): Promise<Body> {
  for (let tried = 1; ; tried++) {
    let pauseS = 2 ** (tried - 1);
    try {
      const { data, error, response } = await ask();
      if (data !== undefined) return data;
      const refused = new RequestRefused(response.status, error);
      if (!refused.retryable || tried === TRIES) throw refused;
      pauseS = Number(response.headers.get("Retry-After")) || pauseS;
    } catch (error) {
      if (!(error instanceof TypeError) || tried === TRIES) throw error;
    }
    await new Promise((resume) => setTimeout(resume, pauseS * 1000));
  }
}
