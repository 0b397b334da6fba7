/**
 * The value forms: secrets that are known by how they begin. One row per kind; the formats are the vendors' own, with
 * lengths left open where a vendor has changed them before. Assigned secrets of no known form are found by their keys
 * (key-forms.ts).
 */

export interface SecretRule {
  /** Lower-case words with dashes; appears in `[REDACTED:<id>]` and in the counts. */
  readonly id: string;
  /** What the secret begins with: the prefilter looks for these bytes, letter case aside. */
  readonly literals: readonly string[];
  /** Regular expression of what follows the literal, over bytes. Group 1, where it stands, is what is replaced. */
  readonly after: string;
  /** Regular expression that the bytes before the literal must end with; they belong to the secret. At most 64 bytes. */
  readonly before?: string;
  readonly ignoresCase?: boolean;
  /** May stand inside a word or a run of base64. */
  readonly inWord?: boolean;
  /**
   * What fails at one place fails at each later one of the same run of letters, digits, `_` and `-`: the rule is not tried
   * there again. For patterns whose first part may be as long as the text.
   */
  readonly failsWithRun?: boolean;
  /** The match must mix letters and digits, so that words of prose and code stay. */
  readonly mixed?: boolean;
}

const A = '[A-Za-z0-9]';
const B = '[A-Za-z0-9_-]';
const BASE64 = '[A-Za-z0-9+/]';
const HEX = '[0-9a-fA-F]';
/** As JSON of PHP and URLs write it too. */
const SLASH = '(?:\\\\{0,7}/|%2F)';
const UUID = `${HEX}{8}-${HEX}{4}-${HEX}{4}-${HEX}{4}-${HEX}{12}`;
/** Ends a token whose length is fixed. */
const END = '(?![A-Za-z0-9])';

/**
 * How the base64 of a number begins: of a bot's id, 17 to 19 digits, in a Discord token. Where the first four characters are
 * letters alone (`NDEx`, in another case the end of `index`), the fifth goes with them.
 */
const DISCORD_IDS = Array.from({ length: 900 }, (_, index) => {
  const begin = Buffer.from(String(100 + index)).toString('base64');
  return /\d/.test(begin) ? [begin] : [`${begin}M`, `${begin}N`, `${begin}O`];
}).flat();

const rule = (
  id: string,
  literals: string | readonly string[],
  after: string,
  options: Omit<Partial<SecretRule>, 'id' | 'literals' | 'after'> = {},
): SecretRule => ({ id, literals: typeof literals === 'string' ? [literals] : literals, after, ...options });

const MODELS: readonly SecretRule[] = [
  rule('anthropic-api-key', 'sk-ant-', `${B}{12,}`),
  rule('openai-api-key', ['sk-proj-', 'sk-svcacct-', 'sk-admin-', 'sk-None-'], `${B}{16,}`),
  rule('openrouter-api-key', ['sk-or-v1-', 'sk-or-'], `${A}{20,}`),
  rule('langfuse-secret-key', 'sk-lf-', UUID),
  rule('openai-style-api-key', 'sk-', `(?:${A}{18,}|(?:[a-z0-9]{1,12}-){1,3}${B}{20,})`, { mixed: true }),
  rule('openai-session-key', 'sess-', `${A}{30,}`, { mixed: true }),
  rule('groq-api-key', 'gsk_', `${A}{20,}`, { mixed: true }),
  rule('xai-api-key', 'xai-', `${A}{30,}`, { mixed: true }),
  rule('perplexity-api-key', 'pplx-', `${A}{20,}`, { mixed: true }),
  rule('replicate-api-token', 'r8_', `${A}{20,}`, { mixed: true }),
  rule('hugging-face-token', ['hf_', 'api_org_'], `${A}{20,}`, { mixed: true }),
  rule('fireworks-api-key', 'fw_', `${A}{20,}`, { mixed: true }),
  rule('together-api-key', 'tgp_v1_', `${B}{20,}`),
  rule('cerebras-api-key', 'csk-', `${A}{20,}`, { mixed: true }),
  rule('nvidia-api-key', 'nvapi-', `${B}{20,}`, { mixed: true }),
  rule('langsmith-api-key', ['lsv2_pt_', 'lsv2_sk_'], `${HEX}{20,}(?:_${HEX}{6,})?`),
  rule('pinecone-api-key', 'pcsk_', `${B}{20,}`, { mixed: true }),
  rule('voyage-api-key', 'pa-', `${B}{40,}${END}`, { mixed: true }),
  rule('tavily-api-key', ['tvly-dev-', 'tvly-prod-', 'tvly-'], `${A}{20,}`, { mixed: true }),
  rule('jina-api-key', 'jina_', `${B}{30,}`, { mixed: true }),
  rule('firecrawl-api-key', 'fc-', `${HEX}{32}${END}`),
  rule('runpod-api-key', 'rpa_', `${A}{30,}`, { mixed: true }),
  rule('modal-token', ['ak-', 'as-'], `${A}{22}${END}`, { mixed: true }),
  rule('cursor-api-key', ['crsr_', 'key_'], `${HEX}{64}${END}`),
  rule('moda-api-key', ['moda_sk_', 'moda_pk_', 'moda_'], `${B}{16,}`, { mixed: true }),
];

const CODE_HOSTS: readonly SecretRule[] = [
  rule('github-token', ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], `[A-Za-z0-9_.-]{20,}`, { mixed: true }),
  rule('github-fine-grained-token', 'github_pat_', '[A-Za-z0-9_]{20,}', { mixed: true }),
  rule(
    'gitlab-token',
    [
      'glpat-',
      'gldt-',
      'glrt-',
      'glcbt-',
      'glptt-',
      'glft-',
      'glimt-',
      'glagent-',
      'gloas-',
      'glsoat-',
      'glffct-',
      'glrtr-',
    ],
    '[A-Za-z0-9_.-]{18,}',
    { mixed: true },
  ),
  rule('gitlab-runner-token', 'GR1348941', `${B}{18,}`),
  rule('bitbucket-app-password', 'ATBB', `${A}{24,}`, { mixed: true }),
  rule('atlassian-api-token', ['ATATT3', 'ATCTT3', 'ATSTT3'], '[A-Za-z0-9_=-]{40,}'),
  rule('trello-token', 'ATTA', `${HEX}{40,}`),
  rule('azure-devops-token', 'JQQJ99', `${A}{18,}`, { before: `${A}{24,64}`, inWord: true }),
  rule('sourcegraph-token', ['sgp_', 'sgd_', 'slk_'], '(?:(?:local|[0-9a-f]{16})_)?[0-9a-f]{40,}'),
  rule('docker-token', ['dckr_pat_', 'dckr_oat_'], `${B}{20,}`),
  rule('npm-token', 'npm_', `${A}{30,}`, { mixed: true }),
  rule('pypi-token', 'pypi-', `A${B}{30,}`, { mixed: true }),
  rule('rubygems-token', 'rubygems_', `${HEX}{40,}`),
  rule('nuget-api-key', 'oy2', `[a-z0-9]{43}${END}`, { mixed: true }),
  rule('crates-io-token', 'cio', `${A}{32}${END}`, { mixed: true }),
  rule('clojars-token', 'CLOJARS_', '[a-z0-9]{50,}', { ignoresCase: true }),
  rule('artifactory-token', ['AKCp', 'cmVmd'], `${A}{50,}`, { mixed: true }),
  rule('deno-token', ['ddp_', 'ddo_', 'ddw_'], `${A}{30,}`, { mixed: true }),
  rule('circleci-token', ['CCIPAT_', 'CCIPRJ_'], `${B}{20,}`, { mixed: true }),
  rule('buildkite-token', ['bkua_', 'bkaj_', 'bkct_'], `${HEX}{32,}`),
  rule('sonar-token', ['squ_', 'sqp_', 'sqa_'], `${HEX}{32,}`),
  rule('harness-token', ['pat.', 'sat.'], `${B}{22}\\.[0-9a-f]{24}\\.${A}{20}`),
  rule('octopus-api-key', 'API-', `[A-Z0-9]{25,34}${END}`, { mixed: true }),
  rule('travis-or-endor-token', 'endr+', `${B}{16,}`, { mixed: true }),
  rule('snyk-token', ['snyk_uat.', 'snyk_sat.'], '[A-Za-z0-9._-]{20,}'),
  rule('prefect-token', ['pnu_', 'pnb_'], `${A}{30,}`, { mixed: true }),
  rule('infracost-api-key', 'ico-', `${A}{30,}`, { mixed: true }),
  rule('launchdarkly-key', ['api-', 'sdk-', 'mob-'], `${UUID}${END}`),
  rule('figma-token', ['figd_', 'figo_', 'figu_', 'figur_', 'figuh_', 'figor_', 'figoh_'], `${B}{20,}`, {
    mixed: true,
  }),
  rule('postman-api-key', 'PMAK-', `${HEX}{24}-${HEX}{30,}`),
  rule('readme-api-key', 'rdme_', '[a-z0-9]{60,}'),
  rule('wakatime-api-key', 'waka_', UUID),
];

const CLOUDS: readonly SecretRule[] = [
  rule('aws-access-key-id', ['AKIA', 'ASIA', 'ABIA', 'ACCA'], `[A-Z2-7]{16}${END}`),
  rule('aws-access-key-id', 'A3T', `[A-Z0-9]{17}${END}`, { mixed: true }),
  rule('aws-session-token', ['IQoJb3JpZ2lu', 'FwoGZXIvYXdz', 'FQoGZXIvYXdz'], `${BASE64}{40,}={0,2}`, { inWord: true }),
  rule('aws-bedrock-api-key', ['ABSK', 'bedrock-api-key-'], `${BASE64}{60,}={0,2}`, { mixed: true }),
  rule('amazon-mws-token', 'amzn.mws.', UUID),
  rule('amazon-oauth-secret', 'amzn1.oa2-cs.v1.', `${HEX}{40,}`),
  rule('google-api-key', 'AIza', `${B}{30,}`, { mixed: true }),
  rule('google-oauth-token', 'ya29.', '[A-Za-z0-9_.-]{20,}'),
  rule('google-client-secret', 'GOCSPX-', `${B}{20,}`),
  rule('google-refresh-token', '1//0', `${B}{30,}`, { inWord: true }),
  rule('google-api-key', 'AQ.Ab', `${B}{30,}`),
  rule('firebase-server-key', ':APA91b', `${B}{80,}`, { before: `AAAA${B}{7}`, inWord: true }),
  rule('azure-client-secret', 'Q~', '[A-Za-z0-9_~.-]{30,36}', { before: '[A-Za-z0-9_~.]{3}[0-9]', inWord: true }),
  rule('azure-sas-signature', ['sig=', 'sig%3D'], '([A-Za-z0-9%+/_-]{36,}={0,2})'),
  rule('azure-service-key', ['AzCaAP', 'AzFu', '+ASt', '+ACR', 'AZSe', 'APIM', 'AIoT', '+AMC'], `${A}{6,12}={0,2}`, {
    before: `${BASE64}{32,64}`,
    inWord: true,
  }),
  rule('alibaba-access-key-id', 'LTAI', `${A}{12,26}${END}`, { mixed: true }),
  rule('tencent-secret-id', 'AKID', `${A}{16,40}${END}`, { mixed: true }),
  rule('yandex-token', 't1.', `[A-Z0-9a-z_-]{20,}={0,2}\\.${B}{60,}={0,2}`),
  rule('yandex-api-key', 'AQVN', `${B}{30,}`, { mixed: true }),
  rule('baidu-api-key', 'bce-v3/ALTAK-', `${A}{16,}/[0-9a-f]{32,}`),
  rule('digitalocean-token', ['dop_v1_', 'doo_v1_', 'dor_v1_'], `${HEX}{30,}`),
  rule('cloudflare-origin-key', 'v1.0-', `${HEX}{24}-${HEX}{60,}`),
  rule('cloudflare-token', ['cfut_', 'cfat_', 'cfk_'], `${B}{30,}`, { mixed: true }),
  rule('heroku-api-key', 'HRKU-', `${B}{30,}`),
  rule('render-api-key', 'rnd_', `${A}{20,}`, { mixed: true }),
  rule('vercel-token', ['vcp_', 'vck_', 'vci_', 'vca_', 'vcr_'], `${A}{20,}`, { mixed: true }),
  rule('netlify-token', ['nfp_', 'nfc_', 'nfu_', 'nfo_', 'nfb_'], `${A}{30,}`, { mixed: true }),
  rule('fly-token', ['fo1_', 'fm1a_', 'fm1r_', 'fm2_'], '[A-Za-z0-9_+/-]{40,}={0,3}'),
  rule('supabase-token', ['sbp_', 'sb_secret_'], `${B}{20,}`, { mixed: true }),
  rule('neon-api-key', 'napi_', `${A}{30,}`, { mixed: true }),
  rule('planetscale-token', ['pscale_tkn_', 'pscale_pw_', 'pscale_oauth_'], '[A-Za-z0-9_.=-]{20,}'),
  rule('mongodb-atlas-secret', 'mdb_sa_sk_', `${B}{20,}`),
  rule('cockroach-api-key', 'CCDB1_', `${A}{12,}_${A}{20,}`),
  rule('databricks-token', ['dapi', 'dkea', 'dosf'], `${HEX}{32}(?:-[0-9])?${END}`, { mixed: true }),
  rule('clickhouse-cloud-secret', '4b1d', `${A}{38}${END}`, { mixed: true }),
  rule('aiven-password', 'AVNS_', `${B}{12,}`, { mixed: true }),
  rule('terraform-cloud-token', '.atlasv1.', '[A-Za-z0-9_=-]{50,}', { before: `${A}{14}`, inWord: true }),
  rule('vault-token', ['hvs.', 'hvb.', 'hvr.'], `${B}{18,}`, { mixed: true }),
  rule('pulumi-token', 'pul-', `${HEX}{40}${END}`),
  rule('doppler-token', ['dp.pt.', 'dp.st.', 'dp.sa.', 'dp.ct.', 'dp.scim.', 'dp.audit.'], '[A-Za-z0-9._-]{30,}'),
  rule('onepassword-token', 'ops_eyJ', `[A-Za-z0-9_+/-]{80,}={0,3}`),
  rule('onepassword-secret-key', 'A3-', '[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}'),
  rule('age-secret-key', 'AGE-SECRET-KEY-1', '[0-9A-Z]{40,}'),
  rule('openshift-token', 'sha256~', `${B}{20,}`, { mixed: true }),
  rule('tailscale-key', ['tskey-auth-', 'tskey-api-', 'tskey-client-', 'tskey-'], '[A-Za-z0-9-]{12,}', { mixed: true }),
  rule('scalingo-token', ['tk-us-', 'tk-fr-'], `${B}{40,}`),
  rule('flutterwave-key', ['FLWSECK_TEST-', 'FLWSECK-', 'FLWPUBK_TEST-'], `${A}{12,}(?:-X)?`),
];

const SERVICES: readonly SecretRule[] = [
  rule(
    'slack-token',
    ['xoxb-', 'xoxp-', 'xoxa-', 'xoxo-', 'xoxr-', 'xoxs-', 'xoxe-', 'xoxc-', 'xoxd-', 'xapp-', 'xoxe.'],
    '[A-Za-z0-9%._-]{10,}',
    {
      mixed: true,
    },
  ),
  rule(
    'slack-webhook',
    'hooks.slack.com',
    `${SLASH}((?:services|workflows|triggers)${SLASH}(?:[A-Za-z0-9+_-]|${SLASH}){20,})`,
    { inWord: true },
  ),
  rule(
    'discord-webhook',
    ['discord.com', 'discordapp.com'],
    `${SLASH}api${SLASH}(?:v[0-9]+${SLASH})?(webhooks${SLASH}[0-9]{10,}${SLASH}[A-Za-z0-9_-]{30,})`,
    {
      inWord: true,
    },
  ),
  rule('discord-bot-token', DISCORD_IDS, `${B}{18,22}\\.${B}{6}\\.${B}{27,}`),
  rule('teams-webhook', ['webhook.office.com/', 'outlook.office.com/webhook/'], '([A-Za-z0-9@/_-]{60,})', {
    inWord: true,
  }),
  rule('zapier-webhook', 'hooks.zapier.com/hooks/catch/', '([A-Za-z0-9/]{8,})', { inWord: true }),
  rule('telegram-bot-token', ':AA', `${B}{30,40}${END}`, { before: '(?<![0-9])[0-9]{6,12}', inWord: true }),
  rule('twitch-token', 'oauth:', '([a-z0-9]{30})(?![A-Za-z0-9])', { mixed: true }),
  rule('stripe-key', ['sk_live_', 'sk_test_', 'sk_prod_', 'rk_live_', 'rk_test_', 'rk_prod_'], '[A-Za-z0-9_]{10,}'),
  rule('webhook-signing-secret', 'whsec_', `${BASE64}{20,}={0,2}`),
  rule('clickup-token', 'pk_', '[0-9]{6,12}_[A-Z0-9]{30,}'),
  rule('elevenlabs-api-key', 'sk_', `(?:${HEX}{40,}|${A}{24,})`, { mixed: true }),
  rule('square-token', ['sq0atp-', 'sq0csp-'], `${B}{20,}`),
  rule('square-or-facebook-token', 'EAA', `${B}{57,}`, { mixed: true }),
  rule('paypal-token', 'access_token$', '(?:production|sandbox)\\$[0-9a-z]{12,}\\$[0-9a-f]{20,}'),
  rule('plaid-token', ['access-sandbox-', 'access-production-', 'access-development-'], UUID),
  rule('adyen-api-key', 'AQE', `${BASE64}{10,}[A-Za-z0-9+/=_{}^<>()\\[\\]!@#$%&*~,.;:-]{40,}`, { mixed: true }),
  rule('shopify-token', ['shpat_', 'shpca_', 'shppa_', 'shpss_', 'shptka_', 'shpua_'], `${HEX}{24,}`),
  rule('shippo-token', ['shippo_live_', 'shippo_test_'], `${HEX}{30,}`),
  rule('easypost-api-key', ['EZAK', 'EZTK'], `${A}{50,}`, { mixed: true }),
  rule('lob-or-gocardless-key', ['live_', 'test_'], `(?:(?:pub_)?[0-9a-f]{31,}|${B}{40})${END}`, { mixed: true }),
  rule('duffel-token', ['duffel_live_', 'duffel_test_'], '[A-Za-z0-9_=-]{30,}'),
  rule('razorpay-key', ['rzp_live_', 'rzp_test_'], `${A}{12,}`),
  rule('alchemy-key', 'alcht_', `${A}{25,}`),
  rule('frameio-token', 'fio-u-', `${B}{40,}`),
  rule('settlemint-token', ['sm_aat_', 'sm_pat_', 'sm_sat_'], `${A}{14,}`),
  rule('intra42-secret', ['s-s4t2ud-', 's-s4t2af-'], `${HEX}{40,}`),
  rule('adobe-client-secret', 'p8e-', `${B}{28,}`, { mixed: true }),
  rule('authress-key', '.acc', `[_-][a-z0-9-]{10,32}\\.[A-Za-z0-9+/_=-]{30,120}`, {
    before: '(?:sc|ext|scauth|authress)_[a-z0-9]{5,30}\\.[a-z0-9]{4,6}',
    inWord: true,
  }),
  rule('maxmind-license-key', '_mmk', END, { before: '[A-Za-z0-9]{6}_[A-Za-z0-9]{29}', inWord: true }),
  rule('mailchimp-api-key', '-us', `[0-9]{1,2}${END}`, { before: '(?<![0-9a-f])[0-9a-f]{32}', inWord: true }),
  rule('mailgun-key', 'key-', `[0-9a-z]{32}(?:-[0-9a-f]{8}-[0-9a-f]{8})?${END}`, { mixed: true }),
  rule('mailgun-key', ['pubkey-'], `[0-9a-f]{32}${END}`),
  rule('sendgrid-token', 'SG.', `${B}{16,32}\\.${B}{16,}`),
  rule('brevo-key', ['xkeysib-', 'xsmtpsib-'], `${HEX}{40,}(?:-${A}{16})?`),
  rule('resend-api-key', 're_', `${A}{8}_${A}{20,}`, { mixed: true }),
  rule('twilio-api-key', 'SK', `${HEX}{32}${END}`),
  rule('hubspot-token', ['pat-na', 'pat-eu', 'pat-ap'], `[0-9]-${UUID}`),
  rule('intercom-token', 'dG9rOj', `${BASE64}{40,}={0,2}`),
  rule('contentful-token', 'CFPAT-', `${B}{30,}`),
  rule('typeform-token', 'tfp_', '[A-Za-z0-9_.=-]{30,}', { mixed: true }),
  rule('notion-token', ['ntn_', 'secret_'], `${A}{40,}`, { mixed: true }),
  rule('linear-token', ['lin_api_', 'lin_oauth_', 'lin_wh_'], `${A}{20,}`, { mixed: true }),
  rule('dropbox-token', 'sl.', `[A-Za-z0-9_-]{50,}`, { mixed: true }),
  rule('sentry-token', ['sntrys_', 'sntryu_', 'sntrya_', 'sntryi_'], '[A-Za-z0-9_+/=-]{30,}'),
  rule('datadog-token', ['ddapp_', 'ddapi_', 'ddpat_', 'ddsak_'], `${A}{20,}`, { mixed: true }),
  rule('newrelic-key', ['NRAK-', 'NRJS-', 'NRII-', 'NRRA-', 'NRSP-', 'NRIQ-', 'NRBR-'], `${B}{18,}`, { mixed: true }),
  rule('newrelic-license-key', 'NRAL', END, { before: `[0-9a-fA-F]{30,40}`, inWord: true }),
  rule('grafana-token', ['glsa_', 'glc_'], '[A-Za-z0-9_+/=-]{30,}', { mixed: true }),
  rule('grafana-api-key', 'eyJrIjoi', `${BASE64}{40,}={0,3}`),
  rule('honeycomb-key', ['hcaik_', 'hcbik_', 'hcxik_', 'hcalk_', 'hcamk_', 'hcxlk_'], '[a-z0-9]{20,}', { mixed: true }),
  rule('dynatrace-token', ['dt0c01.', 'dt0s01.', 'dt0s02.', 'dt0s16.'], '[A-Z0-9]{20,}\\.[A-Z0-9]{50,}', {
    ignoresCase: true,
  }),
  rule('axiom-token', ['xaat-', 'xapt-'], UUID),
  rule('posthog-key', ['phx_', 'phs_'], `${A}{30,}`, { mixed: true }),
  rule('elastic-token', 'essu_', `${BASE64}{20,}={0,2}`),
  rule('pubnub-secret-key', 'sec-c-', `${B}{30,}`),
  rule('inngest-key', ['signkey-prod-', 'signkey-test-', 'signkey-branch-'], `${HEX}{30,}`),
  rule('trigger-key', ['tr_dev_', 'tr_prod_', 'tr_stg_', 'tr_pat_'], `${A}{16,}`, { mixed: true }),
  rule('django-secret-key', 'django-insecure-', '[^\\s"\'`]{20,}'),
  rule('defined-networking-token', 'dnkey-', `${B}{26}-${B}{50,}`),
  rule('twitter-bearer-token', 'AAAAAAAAAAAAAAAAAAAA', '[A-Za-z0-9%+/=]{50,}', { mixed: true }),
  rule('linkedin-secret', 'WPL_AP', '[0-9]\\.[A-Za-z0-9.+/=_-]{12,}'),
  rule('signed-url', ['X-Amz-Signature=', 'X-Goog-Signature=', 'X-Amz-Signature%3D'], '([0-9a-f]{40,})'),
  rule('sidekiq-secret', 'CONTRIBSYS__COM', '["\' ]{0,4}[=:]["\' ]{0,4}([0-9a-f]{8}:[0-9a-f]{8})', { inWord: true }),
  rule('sidekiq-secret', '.contribsys.com', END, {
    before: '[0-9a-f]{8}:[0-9a-f]{8}@(?:gems|enterprise)',
    inWord: true,
  }),
  rule('authorization-code', '4/0A', `${B}{30,}`),
];

const STANDARD: readonly SecretRule[] = [
  rule('jwt', 'eyJ', `${B}{8,}={0,2}\\.(?:${B}{8,}|eyJ${B}{4,})={0,2}(?:\\.${B}{4,}={0,2}){0,3}`, {
    failsWithRun: true,
  }),
  rule('jwe', 'eyJ', `${B}{8,200}\\.\\.${B}{8,}\\.${B}{8,}(?:\\.${B}{4,})?`, { failsWithRun: true }),
  rule('jwt', 'ZXlK', `${BASE64}{60,}={0,2}`),
  rule('mysql-password-hash', ['$2a$', '$2b$', '$2y$'], '[0-9]{2}\\$[./A-Za-z0-9]{53}', { inWord: true }),
  rule('crypt-password-hash', ['$6$', '$5$', '$apr1$', '$argon2', '$y$'], '[^\\s"\'`:,]{30,200}', { inWord: true }),
];

export const SECRET_RULES: readonly SecretRule[] = [...MODELS, ...CODE_HOSTS, ...CLOUDS, ...SERVICES, ...STANDARD];
