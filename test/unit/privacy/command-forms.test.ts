/** Passwords on the command lines of programs that take one: where they stand, over which lines, and what stays. */

import { describe, expect, it } from 'vitest';
import { scrub } from './scrubbed.ts';

const SECRET = 'zQ8fK2mVt4LpX9rB';
const MARKER = '[REDACTED:command-password]';

/** What would be stored of it with all switches off: a command is kept. */
const kept = (command: string): unknown =>
  scrub('codex', 'hooks', { hook_event_name: 'X', tool_input: { command } }).at('tool_input', 'command');

describe('a command over several lines', () => {
  it.each([
    `docker login \\\n  -u ci \\\n  -p ${SECRET} registry.example.org`,
    `docker login \\\r\n  -u ci \\\r\n  -p ${SECRET}`,
    `mysql \\\n  -h db \\\n  -u root \\\n  -p${SECRET} shop`,
    `redis-cli \\\n-a ${SECRET} ping`,
    `curl -s \\\n  -u \\\n  bob:${SECRET} https://example.org`,
  ])('[D39] %j', (command) => expect(kept(command)).toBe(command.replace(SECRET, MARKER)));

  it.each([
    `deploy --password \\\n  ${SECRET} --region eu`,
    `deploy --token=\\\n${SECRET} --region eu`,
    `API_TOKEN=\\\r\n${SECRET} deploy --region eu`,
  ])('[D39] %j', (command) => {
    expect(kept(command)).not.toContain(SECRET);
    expect(kept(command)).toMatch(/ \\?--region eu|--region eu/);
  });

  it.each([
    'docker login registry.example.org\nmkdir -p packages/core/src2',
    'docker login \\\n  registry.example.org\nmkdir -p packages/core/src2',
    'deploy --token \\\n  --region eu-west-1',
  ])('[D40] %j stays: the next command', (command) => expect(kept(command)).toBe(command));
});

describe('the end of a command', () => {
  it.each([
    `curl -H "Content-Type: application/json; charset=utf-8" -u bob:${SECRET} https://example.org`,
    `curl 'https://example.org/?a=1;b=2|c&&d' -u bob:${SECRET}`,
    `curl -d '{\n "a": "b;c"\n}' -u bob:${SECRET} https://example.org`,
    `docker login -u "a|b" -p ${SECRET}`,
    `docker exec db mysql -e "select 1; select 2" -uroot -p${SECRET}`,
    `docker login ^\r\n -u ci ^\r\n -p ${SECRET}`,
    `docker login \`\n -u ci \`\n -p ${SECRET}`,
    `htpasswd -nb bob ${SECRET}\r\nls`,
    `auth=$(htpasswd -nbB bob ${SECRET})`,
  ])('[D39] %j', (command) => expect(kept(command)).toBe(command.replace(SECRET, MARKER)));

  it.each([
    'docker login registry.example.org && docker build . && mkdir -p build2/out',
    'oc login --server=https://example.org:6443 && oc new-project -p proj1',
    'zip -r a.zip . && rsync -P src/dir1 host',
    'curl -fsS https://example.org/x1 && docker run -u node:nodes1 image',
  ])('[D40] %s stays: the next command', (command) => expect(kept(command)).toBe(command));

  it.each([`curl -u ${SECRET}: x`, `curl -sku "${SECRET}:" x`, `echo "root:${SECRET}" | sudo -S chpasswd`])(
    '[D39] what was redacted stays as it is: %s',
    (command) => expect(kept(String(kept(command)))).toBe(kept(command)),
  );
});

describe('a password behind a flag or a word', () => {
  it.each([
    `SSHPASS=${SECRET} sshpass -e ssh host`,
    `rar a -hp${SECRET} x.rar dir`,
    `7z x "-p${SECRET}" x.7z`,
    `xfreerdp /u:bob "/p:${SECRET}"`,
    `unzip -oP ${SECRET} x.zip`,
    `useradd -mp ${SECRET} bob`,
    `docker login -u bob -p $'${SECRET}'`,
    `mysqlimport -uroot -p${SECRET} shop`,
    `redis-cli -h db AUTH ${SECRET}`,
    `cf auth bob ${SECRET}`,
    `net user bob ${SECRET} /add`,
    `impdp scott/"${SECRET}"@db`,
    `htpasswd -b -c users bob ${SECRET}`,
    `openssl passwd -1 -salt xyz ${SECRET}`,
    `security set-key-partition-list -S apple-tool:,apple: -s -k ${SECRET} build.keychain`,
    `npm config set '//r.example.org/:_authToken' '${SECRET}'`,
    `curl -4su bob:${SECRET} https://example.org`,
    `curl -#Lu bob:${SECRET} https://example.org`,
    `curl \\"https://example.org\\" -u \\"bob:${SECRET}\\"`,
    `wpa_passphrase "my home" "${SECRET}"`,
    `lftp -u bob,${SECRET} sftp://example.org`,
    `sqlplus -s scott/${SECRET}@//db:1521/orcl`,
    `url=jdbc:oracle:thin:scott/${SECRET}@db:1521:orcl`,
    `mc alias set store https://s3.example.org minioadmin ${SECRET}`,
    `etcdctl --user root:${SECRET} get x`,
    `rabbitmqctl add_user bob ${SECRET}`,
    `mosquitto_pub -u bob -P ${SECRET} -t x`,
    `useradd -m -p ${SECRET} bob`,
    `wpa_passphrase home ${SECRET}`,
    `bw login bob@example.org ${SECRET}`,
    `security unlock-keychain -p ${SECRET} login.keychain`,
    `xcrun altool --upload-app -u bob -p ${SECRET}`,
    `poetry config http-basic.private bob ${SECRET}`,
    `openssl pkcs12 -export \\\n  -passout pass:${SECRET}`,
    `aws configure set profile.x.aws_secret_access_key ${SECRET}`,
    `gh secret set NAME -b ${SECRET} --repo a/b`,
    `gh secret set NAME --body="${SECRET}"`,
    `az keyvault secret set --vault-name v --name n --value "${SECRET}"`,
    `aws ssm put-parameter --name n --type SecureString --value ${SECRET}`,
    `pulumi config set app:name ${SECRET} --secret`,
    `doppler secrets set --project x NAME ${SECRET}`,
    `dotnet user-secrets set "Foo:Bar" "${SECRET}"`,
    `netlify env:set NAME ${SECRET}`,
    `netlify env:set --context production NAME "${SECRET}"`,
    `cf set-env app NAME ${SECRET}`,
  ])('[D39] %s', (command) => {
    expect(kept(command)).not.toContain(SECRET);
    expect(String(kept(command)).replace(/\[REDACTED:[a-z-]+\]/, SECRET)).toBe(command);
  });

  it('[D39] two passwords of one command', () => {
    expect(kept(`ssh-keygen -p -P ${SECRET} -N ${SECRET}2 -f key`)).toBe(
      `ssh-keygen -p -P ${MARKER} -N ${MARKER} -f key`,
    );
    expect(kept(`keytool -storepass ${SECRET} -keypass ${SECRET}`)).not.toContain(SECRET);
  });

  it('[D39] in JSON that was cut, its quotes as they were', () => {
    expect(kept(`{\\"command\\":\\"docker login -p ${SECRET}\\",\\"x`)).toBe(
      `{\\"command\\":\\"docker login -p ${MARKER}\\",\\"x`,
    );
    expect(kept(`{\\"command\\":\\"mysql -u root -p\\\\\\"${SECRET}\\\\\\" shop`)).not.toContain(SECRET);
  });

  it.each([
    'netlify env:set NODE_VERSION 22.11.0',
    'net user bob /add',
    'openssl passwd -6 -in password.txt',
    'xcrun altool --notarize-app -u bob -p "@keychain:NOTARY"',
    'vault kv put secret/app name=@secret1.txt',
    'cf set-env app LOG_LEVEL debug',
    'pulumi config set aws:region eu-west-1',
    'aws ssm put-parameter --name n --type String --value eu-west-1',
    'aws configure set region eu-west-1',
    'gh secret set NAME --body "$VALUE"',
    'doppler secrets set NAME "$VALUE"',
    'sqlplus / as sysdba',
    'sqlplus -s /nolog @scripts/create_tables1.sql',
    'security find-identity -v -p codesigning',
    'useradd -m -s /bin/bash bob2',
    'rabbitmqctl add_user bob "$PASSWORD"',
    'rar a -r archive2.rar src',
    'mc alias set store https://s3.example.org "$KEY" "$SECRET"',
    'wpa_passphrase home < /run/secrets/wifi1',
  ])('[D40] %s stays', (command) => expect(kept(command)).toBe(command));
});

describe('a command in JSON in a text', () => {
  it.each([
    `fly secrets set A=${SECRET}`,
    `fly secrets set A="${SECRET}" B='${SECRET}'`,
    `vault kv put secret/app name=${SECRET}`,
    `curl -u "bob:${SECRET}"`,
    `docker login -p ${SECRET}`,
  ])('[D39] leaves JSON: %s', (command) => {
    const once = JSON.stringify({ command, x: 1 });
    for (const json of [once, JSON.stringify(once), JSON.stringify(JSON.stringify(once))]) {
      const text = String(kept(`log ${json}`)).slice(4);
      expect(text).not.toContain(SECRET);
      expect(() => JSON.parse(text)).not.toThrow();
    }
  });
});

describe('pairs of a name and a value', () => {
  it.each([
    `kubectl create secret generic app --from-literal=name=${SECRET}`,
    `kubectl -n prod create secret generic app \\\n  --from-literal name=${SECRET} -o yaml`,
    `oc create secret generic app --from-literal='tls.x=${SECRET}'`,
    `railway variables --set NAME=${SECRET} --set PORT=8080`,
    `railway variables --set "PORT=8080" --set "NAME=${SECRET}"`,
    `vault kv put secret/app name=${SECRET}`,
    `vault kv put -mount=secret app user=bob my.prop-x='${SECRET}'`,
    `vault write secret/app value=${SECRET}`,
    `echo "bob:${SECRET}" | chpasswd`,
    `chpasswd <<EOF\nbob:${SECRET}\nEOF`,
    `docker login -u bob --password-stdin <<< "${SECRET}"`,
    `docker login -u bob --password-stdin <<'EOF'\r\n${SECRET}\r\nEOF`,
    `echo -ne "${SECRET}" | \\\n  docker login ghcr.io \\\n  -u bob --password-stdin`,
    `eb setenv NODE_ENV=production NAME=${SECRET}`,
    `heroku config:set "NAME=${SECRET}" -a app`,
    `echo ${SECRET} | sudo chpasswd`,
    `echo ${SECRET} | kinit bob`,
    `echo ${SECRET} | passwd --stdin bob`,
  ])('[D39] %s', (command) => expect(kept(command)).toBe(command.replace(SECRET, MARKER)));

  it('[D39] a word is a secret where only secrets are kept', () => {
    expect(kept('kubectl create secret generic app --from-literal=name=correct9horse')).toContain(MARKER);
    expect(kept('kubectl create configmap app --from-literal=name=correct9horse')).not.toContain(MARKER);
  });

  it.each([
    'kubectl create secret generic app --from-literal=name="$VALUE"',
    'kubectl create secret generic app --from-file=name=./config1.json',
    'kubectl create secret generic app\nkubectl create configmap app --from-literal=image=registry.example.org/app',
    'railway variables --set PORT=8080 --set "NODE_ENV=production"',
    'helm upgrade app chart --set image.tag=3f7a9c2e8b1d4f60a5c7e9b2d4f6a8c0',
    'vault kv get secret/app1',
    'echo done | kinit',
    'echo starting | tee log; kinit bob',
    'echo "bob:$PASSWORD" | chpasswd',
    'sudo -S tee /etc/motd <<EOF\nwelcome2host\nEOF',
  ])('[D40] %s stays', (command) => expect(kept(command)).toBe(command));
});
