import type { Shape } from "./snapshot-shape.ts";

export const ARN = /^arn:[a-z-]+:[a-z0-9-]*:[a-z0-9-]*:\d*:[\w+=,.@:/*?${}-]+$/;
/** Names on AWS, paths and patterns over them. */
export const AWS_NAME = /^[\w+=,.@:/*-]{1,512}$/;
export const SENTENCE = /^[\p{L}\p{N} .,;:'()/_+@*-]{0,1000}$/u;
export const TAG = /^[\w.-]{1,128}$/;

const oneOrMore = (shape: Shape): Shape => ({ either: [shape, { list: shape }] });

/** The policy language, with nothing beside it. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
export const policyDocument: Shape = {
  json: {
    only: {
      Version: /^20\d\d-\d\d-\d\d$/,
      Statement: {
        list: {
          only: {
            Sid: /^[A-Za-z0-9]*$/,
            Effect: /^(?:Allow|Deny)$/,
            Principal: {
              either: [
                /^\*$/,
                { keys: /^(?:AWS|Federated|Service)$/, values: oneOrMore(AWS_NAME) },
              ],
            },
            Action: oneOrMore(/^(?:\*|[a-z0-9-]+:[A-Za-z0-9*]+)$/),
            NotAction: oneOrMore(/^[a-z0-9-]+:[A-Za-z0-9*]+$/),
            Resource: oneOrMore({ either: [/^\*$/, ARN] }),
            NotResource: oneOrMore({ either: [/^\*$/, ARN] }),
            Condition: {
              keys: /^[A-Za-z]+(?::[A-Za-z]+)?$/,
              values: {
                keys: /^[\w.-]+:[\w.:/-]+$/,
                values: oneOrMore(/^[\w+=,.@:/*?${}-]{1,512}$/),
              },
            },
          },
        },
      },
    },
  },
};

/** What ECR keeps and for how long. @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html */
export const lifecyclePolicy: Shape = {
  json: {
    only: {
      rules: {
        list: {
          only: {
            rulePriority: "number",
            description: SENTENCE,
            selection: {
              only: {
                tagStatus: /^[a-z]+$/,
                tagPatternList: { list: /^[\w.*-]{1,128}$/ },
                tagPrefixList: { list: TAG },
                storageClass: /^[a-z]+$/,
                countType: /^[A-Za-z]+$/,
                countUnit: /^[a-z]+$/,
                countNumber: "number",
              },
            },
            action: { only: { type: /^[a-z]+$/, targetStorageClass: /^[a-z]+$/ } },
          },
        },
      },
    },
  },
};
