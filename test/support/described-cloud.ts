/* A local cloud that nobody started: its description, which is all that a plan and the program ask for. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LocalCloud } from "../../rules/local-cloud.ts";

/** Lets this process find such a cloud. Returns what takes it away again. */
export function describeCloud(): () => void {
  const outside = process.env["SLIPWAY_HOME"];
  const home = mkdtempSync(join(tmpdir(), "slipway-described-"));
  const login = (port: number) => ({
    host: `localhost:${port}`,
    username: "marker-user",
    password: "marker-password",
  });
  const cloud: LocalCloud = {
    version: 1,
    folder: home,
    aws: { endpoint: "http://127.0.0.1:34000" },
    github: { endpoint: "http://127.0.0.1:34001", token: "marker-token" },
    registries: { ecr: login(34002), "ghcr.io": login(34003), "docker.io": login(34004) },
    buildkit: { address: "unix:///run/buildkit.sock" },
    standIns: { base: `oci-layout://${home}/stand-ins/base@sha256:${"1".repeat(64)}` },
  };
  writeFileSync(join(home, "cloud.json"), JSON.stringify(cloud));
  process.env["SLIPWAY_HOME"] = home;
  return () => {
    if (outside === undefined) delete process.env["SLIPWAY_HOME"];
    else process.env["SLIPWAY_HOME"] = outside;
    rmSync(home, { recursive: true, force: true });
  };
}
