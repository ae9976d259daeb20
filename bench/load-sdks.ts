// The SDK modules that index.ts and its components load, and nothing else.
import "@pulumi/aws/ecr/index.js";
import "@pulumi/aws/iam/index.js";
import "@pulumi/aws/provider.js";
import "@pulumi/docker-build/index.js";
import "@pulumi/github/provider.js";
import "@pulumi/pulumi";
