import assert from "node:assert/strict";
import { faultOf } from "../../oci/faults.ts";

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
