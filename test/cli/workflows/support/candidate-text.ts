/* What stands in candidate.yml, of which several tables change something. */

/** What GitHub tells of the run that is waited for. */
export const RUN = "github.event.workflow_run";
/** The command of the job that pushes, up to the folder that it takes over. */
export const PUSH =
  'run: slipway candidate push --stack "$STACK" --checkout "$GITHUB_WORKSPACE/pull-request" --image "$IMAGE" --from ';
/** The first line of the step that takes over what was built. */
export const TAKE_OVER = "      - name: Take over\n";
/** A step that gets the role which pushes candidates. */
export const ROLE = `      - uses: aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3
        with:
          role-to-assume: \${{ vars.SLIPWAY_CANDIDATE_ROLE_ARN }}
          role-duration-seconds: 3600
          aws-region: \${{ vars.SLIPWAY_AWS_REGION }}
`;
