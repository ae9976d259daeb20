// The Pulumi CLI passes a pack through an old ts-node, which refuses .ts; what this file imports, Node reads by itself.
import "./pack.ts";
