/*
 * Preloaded by `node --import`: adds what this process asks of AWS's interfaces to the file in RECORD_AWS, a line of JSON a
 * request: service, and the action as the request names it. Loaded by processes that tests start.
 */
import { appendFileSync } from "node:fs";
import http from "node:http";
import { syncBuiltinESMExports } from "node:module";

const file = process.env["RECORD_AWS"];
const real = http.request;

if (file !== undefined) {
  http.request = (...args) => {
    const options = args.find((arg) => typeof arg === "object" && arg !== null) ?? {};
    const headers = Object.fromEntries(
      Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const request = real(...args);
    // Signed for region and service: `AWS4-HMAC-SHA256 Credential=KEY/20261121/us-east-1/ecr/aws4_request, ...`
    const service = /Credential=[^/]+\/\d+\/[^/]+\/(?<service>[^/]+)\//.exec(
      String(headers.authorization ?? ""),
    )?.groups?.service;
    if (service === undefined) return request;
    const add = (action) => appendFileSync(file, `${JSON.stringify({ service, action })}\n`);
    const target = headers["x-amz-target"];
    if (target !== undefined) {
      add(String(target).split(".").at(-1));
      return request;
    }
    let body = "";
    for (const name of ["write", "end"]) {
      const send = request[name].bind(request);
      request[name] = (chunk, ...rest) => {
        if (typeof chunk === "string" || chunk instanceof Uint8Array) {
          body += Buffer.from(chunk).toString("utf8");
        }
        if (name === "end")
          add(new URLSearchParams(body).get("Action") ?? `${options.method} ${options.path}`);
        return send(chunk, ...rest);
      };
    }
    return request;
  };
  syncBuiltinESMExports();
}
