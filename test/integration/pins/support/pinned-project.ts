/*
 * A project with pins in the shapes that ROCm/TheRock has them in: workflows with and without a date beside the digest, a
 * default in Python, one split over two lines, a default of a reusable workflow, tests in a table, a guide in Markdown.
 * What a bump must make of it is the same tree written from other digests.
 */

/** A digest, and the day it was built on. */
export interface Pin {
  readonly digest: string;
  readonly day: string;
}

/** The pins of the project, by what they are used for. */
export interface ProjectPins {
  readonly build: Pin;
  /** What the setup guide shows. */
  readonly guide: Pin;
  readonly test: Pin;
  /** The default of the workflow that runs one component's tests. */
  readonly component: Pin;
}

const WORKFLOWS = [
  "build_portable_linux_artifacts",
  "build_portable_linux_pytorch_wheels",
  "build_portable_linux_jax_wheels",
  "multi_arch_build_portable_linux",
  "release_portable_linux_packages",
  "build_native_linux_packages",
] as const;
const TESTS = [
  "test_artifacts",
  "test_rocm_wheels",
  "test_jax_wheels",
  "test_sanity_check",
  "test_benchmarks",
] as const;

/** The files of the project by path. @param registry host and owner as they are written there: `ghcr.io/rocm` */
export function projectFiles(
  registry: string,
  { build, guide, test, component }: ProjectPins,
): ReadonlyMap<string, string> {
  const builder = `${registry}/therock_build_manylinux_x86_64`;
  const tester = `${registry}/no_rocm_image_ubuntu24_04`;
  const half = test.digest.slice("sha256:".length);
  return new Map([
    ...WORKFLOWS.map((name): [string, string] => [
      `.github/workflows/${name}.yml`,
      `name: ${name}
on:
  workflow_call:
jobs:
  build:
    runs-on: azure-linux-scale-rocm
    container:
      image: ${builder}@${build.digest} # ${build.day}
      options: -v /runner/config:/home/awsconfig/
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
`,
    ]),
    ...TESTS.map((name): [string, string] => [
      `.github/workflows/${name}.yml`,
      `name: ${name}
jobs:
  test:
    runs-on: \${{ inputs.runner }}
    container:
      image: \${{ inputs.container || '${tester}@${test.digest}' }}
      options: --ipc host --group-add video
`,
    ]),
    [
      ".github/workflows/test_component.yml",
      `on:
  workflow_call:
    inputs:
      image:
        type: string
        default: "${tester}@${component.digest}"
`,
    ],
    [
      "external-builds/uccl/build_prod_wheels.py",
      `DEFAULT_IMAGE = "${builder}@${build.digest}"\r\n\r\n
def main(image: str = DEFAULT_IMAGE) -> None:\r\n    run(["docker", "pull", image])\r\n`,
    ],
    [
      "build_tools/linux_portable_build.py",
      `parser.add_argument(
    "--image",
    default="${builder}@${build.digest}",
    help="Build docker image",
)
`,
    ],
    [
      "build_tools/github_actions/configure_rocm_python_test_matrix.py",
      `CONTAINER = (
    "${tester}@"
    "sha256:${half.slice(0, 40)}" +
    f"${half.slice(40)}"
)
`,
    ],
    [
      "docs/environment_setup_guide.md",
      `# Set up

The portable build runs in \`${builder}@${guide.digest}\`:

\`\`\`bash
docker run --rm -it \\
  ${builder}@${guide.digest} \\
  bash
\`\`\`

Other people's images stay: \`ghcr.io/other/therock_build_manylinux_x86_64@sha256:${"0".repeat(64)}\``,
    ],
  ]);
}
