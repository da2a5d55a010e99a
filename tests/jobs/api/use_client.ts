// Uses the generated types: the code of the README must type-check.
import type { components, operations, paths } from "./api";

type Page = paths["/api/jobs"]["get"]["responses"]["200"]["content"]["application/json"];
type Triggered = operations["triggerJob"]["responses"]["200"]["content"]["application/json"];
type Problem = components["schemas"]["Problem"];

export async function newest(url: string, token: string): Promise<number | null> {
  const answer = await fetch(`${url}/api/jobs?limit=1`, {
    headers: { Authorization: `Token ${token}` },
  });
  if (!answer.ok) throw new Error(((await answer.json()) as Problem).detail);
  const page = (await answer.json()) as Page;
  return page.total > 0 ? page.jobs[0]!.id : null;
}

export const executionOf = (outcome: Triggered): number | null =>
  outcome.success && outcome.jobName !== "" ? (outcome.job?.id ?? null) : null;

