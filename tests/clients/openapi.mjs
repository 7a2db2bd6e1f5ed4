// Schemathesis against the description that the collector serves: whatever it makes up from it, there is no answer of 5xx,
// and none that is not described.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { start } from "./collector.mjs";

// How many requests of each kind are made up for each operation; more, if somebody looks for more.
const EXAMPLES = process.env.PUGMARK_EXAMPLES ?? "15";

const CHECKS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
  "ignored_auth",
];

const collector = await start({ PUGMARK_RATE_PER_TOKEN: "0", PUGMARK_RATE_PER_ADDRESS: "0", RUST_LOG: "error" });
const token = await collector.token("definitions", "send", "read");
const options = ["run", `${collector.address}/openapi.json`, "--header", `Authorization: Bearer ${token}`];
options.push("--checks", CHECKS.join(), "--max-examples", EXAMPLES, "--seed", "20261125", "--no-color");
// Warnings are about what it could not make up: events that exist.
options.push("--warnings", "off", "--generation-database", "none");
// It leaves notes where it runs.
const cwd = await mkdtemp(join(tmpdir(), "pugmark-clients-"));
const run = spawn(process.env.SCHEMATHESIS ?? "schemathesis", options, { cwd, stdio: "inherit" });
const code = await new Promise((resolve) => run.once("exit", resolve));
await collector.stop();
await rm(cwd, { recursive: true });
if (code === 0) console.log("test result: ok. 1 passed: the description and the answers agree");
process.exitCode = code ?? 1;
