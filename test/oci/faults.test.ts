import assert from "node:assert/strict";
import { connectionFaultOf, faultOf } from "../../oci/faults.ts";

describe("the refusal of a push to ghcr.io", () => {
  const asked = {
    ...{ host: "ghcr.io", repository: "pytorch/ci-image", action: "put manifest main" },
    login: true,
  };
  const fault = (message: string) =>
    faultOf(asked, 403, JSON.stringify({ errors: [{ code: "DENIED", message }] })).message;

  it("names the settings of the package, which no workflow shows", () => {
    for (const said of [
      "permission_denied: write_package",
      "permission_denied: create_package",
      "installation not allowed to Write organization package",
    ]) {
      const message = fault(said);
      assert.ok(message.includes(`HTTP 403 (DENIED: ${said})`), message);
      assert.match(message, /Manage Actions access, Add repository, role Write/);
      assert.match(message, /packages: write/);
    }
  });

  it("stays that of the account where the registry says something else", () => {
    assert.match(fault("requested access to the resource is denied"), /the account configured/);
  });
});

describe("a registry whose name nobody knows", () => {
  it("may be one that this machine, without a network, cannot look up", () => {
    const asked = { host: "ghcr.io", repository: "a/b", action: "get tag c", login: false };
    const error = Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" });
    assert.equal(
      connectionFaultOf(asked, error)?.message,
      "ghcr.io/a/b: get tag c: no host ghcr.io is found (ENOTFOUND); check its name, and that this machine has a network",
    );
  });
});
