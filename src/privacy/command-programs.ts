/** Programs that take a password on their command line, and where it stands there: the table of command-forms.ts. */

export interface CommandRule {
  /** What the prefilter looks for. The space that ends it also stands before the first flag. */
  readonly program: string;
  /** Of what stands behind the program; group 1, or the first one that matched, is the password. */
  readonly pattern: RegExp;
  /** The word may be something else, such as a user's name: only what looks random is a secret. */
  readonly mustLookRandom?: true;
}

/** What stands before a flag, in the same command. */
const GAP = '[^\\n]*?';
const SPACE = '[ \\t]';
/** Between words. */
const SPACES = '[ \\t]+';
const SPACES_OR_NONE = '[ \\t]*';
const WORD = `(\\$?"[^"\\n]{3,}"|\\$?'[^'\\n]{3,}'|\\\\{1,7}["'][^"'\\\\\\n]{3,}|[^\\s"'\`;|&]{3,})`;
const OPTIONS = `(?:${SPACES}-[\\w-]{1,32}(?:=[^\\s]{1,64})?){0,4}`;
/** A word, or several in quotes. */
const ARGUMENT = `(?:"[^"\\n]{0,128}"|'[^'\\n]{0,128}'|[^\\s"'-][^\\s;|&]{0,127})`;

/** Behind one of these flags, or in one word with it. */
const flag = (names: string): RegExp => new RegExp(`^${GAP}${SPACE}(?:${names})[ =]?${SPACES_OR_NONE}${WORD}`);
/** In one word with the flag: alone it asks. */
const attached = (names: string): RegExp => new RegExp(`^${GAP}${SPACE}["']?(?:${names})${WORD}`);
/** The word behind so many others, options aside. */
const argument = (wordsBefore: number): RegExp =>
  new RegExp(`^${OPTIONS}(?:${SPACES}${ARGUMENT}){${wordsBefore}}${OPTIONS}${SPACES}${WORD}`);
/** Behind the name of an environment variable. */
const NAMED = new RegExp(`^${GAP}${SPACE}[A-Z][A-Z0-9_]{1,63}${SPACES}${WORD}`);
/** The user is no marker of a redaction. */
const USER_PASSWORD =
  /^[^;|]*?[ \t\n](?:-[\w#]{0,8}u|--user|--proxy-user|-U|-a|--auth|--user=|--proxy-user=)[ =\t]*(?:\\{0,7}"[^":[\n]{0,64}:([^"\n]{2,})"|\\{0,7}'[^':[\n]{0,64}:([^'\n]{2,})'|(?:"[^"[\n]{0,64}"|[^\s:["']{0,64}):(?:"([^"\n]{2,})"|'([^'\n]{2,})'|([^\s"'`;|&]{2,})))/;

const behind = (programs: readonly string[], pattern: RegExp): CommandRule[] =>
  programs.map((program) => ({ program, pattern }));
const ifRandom = (programs: readonly string[], pattern: RegExp): CommandRule[] =>
  programs.map((program) => ({ program, pattern, mustLookRandom: true }));

/** Where a user logs in to a service, or starts a client of one. */
const LOGINS: readonly CommandRule[] = [
  ...behind(['curl ', 'curl.exe ', 'http ', 'https ', 'xh ', 'wget ', 'etcdctl '], USER_PASSWORD),
  ...behind(
    [
      'docker login',
      'podman login',
      'helm registry login',
      'buildah login',
      'skopeo login',
      'nerdctl login',
      'oras login',
      'az login',
      'az acr login',
      'oc login',
      'argocd login',
      'cf login',
      'ibmcloud login',
      'registry login',
      'expo login',
      'eas login',
      'xcrun altool',
      'poetry publish',
      'nuget add source',
      'nuget sources add',
      'rabbitmqadmin ',
    ],
    flag('-p'),
  ),
  ...behind(['sshpass ', 'twine '], flag('-p')),
  ...behind(['sshpass='], new RegExp(`^${WORD}`)),
  ...ifRandom(
    ['vault login', 'cargo login', 'snyk auth', 'ngrok authtoken', 'add-authtoken', 'bw unlock'],
    new RegExp(`^${OPTIONS}${SPACES}${WORD}`),
  ),
  ...behind(['bw login', 'cf auth', 'net user'], argument(1)),
  ...behind(
    [
      'mysql ',
      'mysql.exe ',
      'mysqldump ',
      'mysqladmin ',
      'mysqlimport ',
      'mysqlcheck ',
      'mysqlsh ',
      'mariadb ',
      'mariadb-dump ',
      'mariadb-admin ',
    ],
    attached('-p'),
  ),
  ...behind(['mongosh ', 'mongo ', 'mongodump ', 'mongorestore ', 'cqlsh ', 'sqlcmd ', 'bcp '], flag('-p|-P')),
  ...behind(['redis-cli '], flag('-a|--pass|AUTH|auth')),
  ...behind(['ldapsearch ', 'ldapadd ', 'ldapmodify ', 'ldapdelete ', 'ldappasswd '], flag('-w')),
  ...behind(['mosquitto_pub ', 'mosquitto_sub ', 'ipmitool '], flag('-P')),
  ...behind(['snmpwalk ', 'snmpget ', 'snmpset '], flag('-A|-X')),
  ...behind(['smbclient ', 'net use', 'net user'], /^[^\n;|]*?[ \t]-U[ \t]*[^\s%]{1,64}%([^\s"'`;|&]{3,})/),
  ...behind(['lftp '], /^[^\n;|]*?[ \t](?:-u|--user)[ \t]+["']?[^\s,"']{1,64},([^\s"'`;|&]{3,})/),
  ...behind(
    ['sqlplus ', 'expdp ', 'impdp ', 'sqlldr ', 'jdbc:oracle:'],
    /^(?:[^\n;|]*?[ \t]["']?|[a-z]{1,8}:)[A-Za-z][\w$#]{0,63}\/(?:"([^"\n]{3,64})"|([^\s"'`;|&@/]{3,}))(?=@|["'\s]|$)/,
  ),
  ...behind(['cmdkey '], /^[^\n;|]*?\/pass:([^\s"'`;|&]{3,})/i),
  ...behind(['mc alias set ', 'mc config host add '], argument(3)),
];

/** Where one is given to a key, an archive, a user, an access point. */
const KEYS_AND_USERS: readonly CommandRule[] = [
  ...behind(['ssh-keygen ', 'ssh-keygen.exe '], flag('-N|-P')),
  ...behind(
    ['htpasswd '],
    // With -n the user alone stands before the password, else the file too: it is the command's last word.
    new RegExp(
      `^[^\\n;|]*?[ \\t]-\\w*b\\w*[ \\t]+(?:-\\w+[ \\t]+){0,4}(?:\\S+[ \\t]+){1,2}?${WORD}(?=["'\`]|[ \\t]*(?:$|[;|&<>#)\\\\\\r\\n]|\\d>))`,
    ),
  ),
  ...behind(['keytool ', 'jarsigner '], flag('-(?:src|dest)?(?:store|key)pass')),
  ...behind(['xfreerdp ', 'xfreerdp3 ', 'wfreerdp '], attached('/p:')),
  ...behind(['unzip ', 'zip '], flag('-[a-zA-Z]{0,6}P')),
  ...behind(['7z ', '7z.exe ', '7za ', '7zz '], attached('-p')),
  ...behind(['rar ', 'unrar '], attached('-p|-hp')),
  ...behind(
    ['openssl '],
    new RegExp(`^${GAP}(?:(?:pass|passin|passout)${SPACES}["']?pass:|[ \\t]-[kK][ \\t]+["']?)([^\\s"'\`;|&]{3,})`),
  ),
  ...behind(
    ['openssl passwd'],
    new RegExp(`^(?:${SPACES}-(?:salt${SPACES}[^\\s]{1,64}|\\w{1,16})){0,4}${SPACES}(?!-)${WORD}`),
  ),
  ...behind(['useradd ', 'usermod '], flag('-[a-zA-Z]{0,6}p')),
  ...behind(['rabbitmqctl '], new RegExp(`^${GAP}(?:add_user|change_password)${SPACES}[^\\s]{1,64}${SPACES}${WORD}`)),
  ...behind(['wpa_passphrase '], argument(1)),
  ...behind(['security unlock-keychain', 'security create-keychain'], flag('-p')),
  ...behind(['security set-keychain-password'], flag('-[op]')),
  ...behind(['security set-key-partition-list'], flag('-k')),
  ...behind(['security add-generic-password', 'security add-internet-password'], flag('-w')),
  ...behind(['security import'], flag('-P')),
];

/** Where a setting or a secret of a project is written. */
const SETTINGS: readonly CommandRule[] = [
  ...behind(
    ['npm config set ', 'pnpm config set ', 'yarn config set '],
    /^[^\n;|]*?_(?:authToken|auth|password)["']?[ =]+["']?([^\s"'`;|&]{6,})/,
  ),
  ...behind(
    ['aws configure set'],
    /^[^\n;|]*?[ \t.](?:aws_secret_access_key|aws_session_token)[ =]+["']?([^\s"'`;|&]{6,})/,
  ),
  ...behind(['gh secret set'], flag('--body|-b')),
  ...behind(['keyvault secret set', 'secret:create', 'eas env:create'], flag('--value')),
  ...behind(
    ['ssm put-parameter'],
    new RegExp(`^(?=[^;|]*SecureString)${GAP}${SPACE}--value[ =]${SPACES_OR_NONE}${WORD}`),
  ),
  ...behind(['pulumi config set'], new RegExp(`^(?=[^\\n;|]*--secret)${argument(1).source.slice(1)}`)),
  ...behind(['poetry config http-basic.'], new RegExp(`^[\\w-]{1,64}${SPACES}[^\\s]{1,64}${SPACES}${WORD}`)),
  ...behind(['doppler secrets set'], NAMED),
  ...behind(['user-secrets set'], argument(1)),
  ...ifRandom(['netlify env:set', 'glab variable set', 'cf set-env'], NAMED),
  ...ifRandom(['gh variable set', 'glab variable set', 'vercel env add'], flag('--body|-b|--value|-v')),
];

export const PROGRAMS: readonly CommandRule[] = [...LOGINS, ...KEYS_AND_USERS, ...SETTINGS];
