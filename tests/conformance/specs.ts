import Jasmine from "jasmine";

/** A spec that failed. */
export interface Failure {
  /** Its full name, or what else failed. */
  spec: string;
  message: string;
}

/** What became of the specs. */
export interface Outcome {
  passed: number;
  /** The specs that their authors switched off. */
  pending: number;
  /** The specs that the ignore list names. */
  ignored: number;
  failures: Failure[];
}

/** The parts of Jasmine used here; the package has no types. */
interface Environment {
  clearReporters(): void;
  addReporter(reporter: Reporter): void;
  configure(options: { random: boolean; specFilter(spec: Spec): boolean }): void;
  execute(): Promise<Report>;
}

interface Spec {
  getFullName(): string;
}

interface Report {
  /** Of a spec, whether it passed; of others more, such as `"finished"`. */
  status?: "passed" | "failed" | "pending" | "excluded";
  failedExpectations: { message: string }[];
}

interface NamedReport extends Report {
  fullName: string;
}

interface Reporter {
  specDone(report: NamedReport): void;
  suiteDone(report: NamedReport): void;
}

/** How long tfjs-core lets a spec take, in ms. */
const TIMEOUT_MS = 20_000;

/** Makes Jasmine's globals, such as `describe`, with which suites register themselves. */
export function startJasmine(): Environment {
  const runner = new Jasmine({});
  runner.jasmine.DEFAULT_TIMEOUT_INTERVAL = TIMEOUT_MS;
  return runner.env;
}

/**
 * Runs the registered specs.
 *
 * @param environment Jasmine's.
 * @param ignored Parts of the full names of specs to leave out.
 * @param options Which specs to run: those with `filter` in their full name, by default all.
 */
export async function runSpecs(
  environment: Environment,
  ignored: string[],
  options: { filter?: string } = {},
): Promise<Outcome> {
  const { filter = "" } = options;
  const outcome: Outcome = { passed: 0, pending: 0, ignored: 0, failures: [] };
  environment.configure({
    random: false,
    specFilter(spec) {
      const name = spec.getFullName();
      if (!name.includes(filter)) return false;
      const leaveOut = ignored.some((part) => name.includes(part));
      if (leaveOut) outcome.ignored++;
      return !leaveOut;
    },
  });
  const noteFailure = (spec: string, { failedExpectations, status }: Report) => {
    if (status !== "failed" && failedExpectations.length === 0) return;
    const message = failedExpectations.map(({ message }) => message).join("; ");
    outcome.failures.push({ spec, message });
  };
  environment.clearReporters();
  environment.addReporter({
    specDone(report) {
      if (report.status === "passed") outcome.passed++;
      if (report.status === "pending") outcome.pending++;
      noteFailure(report.fullName, report);
    },
    suiteDone: (report) => noteFailure(`suite ${report.fullName}`, report),
  });
  noteFailure("all suites", await environment.execute());
  return outcome;
}
