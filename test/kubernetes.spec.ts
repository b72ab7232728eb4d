import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type IDeployment } from 'kubernetes-models/apps/v1';
import { type IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { type IJob } from 'kubernetes-models/batch/v1';
import { type IConfigMap, type IPodTemplateSpec, type ISecret, type IService } from 'kubernetes-models/v1';
import { parse } from 'yaml';
import { type INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { type IPodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { isPlaceholder } from '../src/config/placeholder.js';
import { instructionsOf, readStages } from './support/shipping/dockerfile.js';
import { schemaProblems, type Manifest } from './support/shipping/manifests.js';
import { documentedVariables, readText, unknownVariables } from './support/shipping/repository.js';

const { version: VERSION } = JSON.parse(readText('package.json')) as { version: string };
const FOLDER = 'deploy/kubernetes';
/** What MariaDB accepts unless it is told otherwise. */
const MAX_CONNECTIONS = 151;
/** What a process may take beyond SHUTDOWN_TIMEOUT_MS to close what is open. */
const CLOSING_S = 3;

const names = readdirSync(fileURLToPath(new URL(`../${FOLDER}`, import.meta.url)));
const texts = Object.fromEntries(
  names.filter((name) => name.endsWith('.yaml')).map((name) => [name, readText(`${FOLDER}/${name}`)]),
);

/** What is wrong with the manifests: by Kubernetes' schema, and by what we ask of ours. */
function problemsOf(files: Readonly<Record<string, string>>): string[] {
  const { 'kustomization.yaml': kustomization, ...manifests } = files;
  const parsed = Object.entries(manifests).map(([file, text]) => [file, parse(text) as Manifest] as const);
  const invalid = parsed.flatMap(([file, manifest]) =>
    schemaProblems(manifest).map((problem) => `${file}: ${problem}`),
  );
  if (invalid.length > 0) return invalid;
  const of = <T>(kind: string) => parsed.find(([, manifest]) => manifest.kind === kind)?.[1] as T;
  const deployment = of<IDeployment>('Deployment');
  const job = of<IJob>('Job');
  return [
    ...kustomizationProblems(kustomization!, Object.keys(manifests)),
    ...parsed
      .filter(([, { metadata }]) => 'namespace' in metadata)
      .map(([file]) => `${file} names a namespace`),
    ...podProblems('The deployment', deployment.spec!.template),
    ...podProblems('The job', job.spec!.template),
    ...deploymentProblems(deployment, of('ConfigMap')),
    ...jobProblems(job),
    ...variableProblems(of('ConfigMap'), of('Secret'), job),
    ...sizeProblems(deployment, of('HorizontalPodAutoscaler'), of('ConfigMap')),
    ...selectionProblems(deployment, of('Service'), of('PodDisruptionBudget'), of('NetworkPolicy')),
  ];
}

function kustomizationProblems(text: string, files: readonly string[]): string[] {
  const { resources, images } = parse(text) as {
    resources: string[];
    images: { name: string; newTag: string }[];
  };
  const listed = files.filter((file) => !file.includes('example')).sort();
  const image = images.map(({ name, newTag }) => `${name}:${newTag}`).join();
  return [
    ...(resources.join() === listed.join() ? [] : ['The kustomization lists other files']),
    ...(image === `nest-ciam:${VERSION}` ? [] : ['The kustomization sets another image']),
  ];
}

function podProblems(whose: string, { spec }: IPodTemplateSpec): string[] {
  const problems: string[] = [];
  const pod = spec!.securityContext;
  const user = instructionsOf(readStages(readText('Dockerfile')).at(-1), 'USER')[0]?.text;
  const isUnprivileged =
    pod?.runAsNonRoot &&
    `${pod.runAsUser}:${pod.runAsGroup}` === user &&
    pod.seccompProfile?.type === 'RuntimeDefault';
  if (!isUnprivileged) problems.push(`${whose} runs as somebody else than the image, or unconfined`);
  if (spec!.automountServiceAccountToken !== false) problems.push(`${whose} has a service account token`);
  if (spec!.enableServiceLinks !== false) problems.push(`${whose} has variables of services`);
  for (const { image, securityContext: own, resources } of spec!.containers) {
    if (image !== 'nest-ciam') problems.push(`${whose} has an image that the kustomization does not set`);
    const isConfined =
      own?.readOnlyRootFilesystem &&
      own.allowPrivilegeEscalation === false &&
      own.capabilities?.drop?.join() === 'ALL' &&
      !own.privileged;
    if (!isConfined) problems.push(`${whose} may do more than it needs`);
    if (!resources?.requests?.cpu || !resources.limits?.memory) problems.push(`${whose} has no bounds`);
  }
  return problems;
}

function deploymentProblems({ spec }: IDeployment, { data = {} }: IConfigMap): string[] {
  const problems: string[] = [];
  const pod = spec!.template.spec!;
  const [container] = pod.containers;
  const paths = (['startupProbe', 'livenessProbe', 'readinessProbe'] as const).map(
    (probe) => `${container!.name} ${container![probe]?.httpGet?.path} ${container![probe]?.httpGet?.port}`,
  );
  const [live, ready] = ['nest-ciam /health/live http', 'nest-ciam /health/ready http'];
  if (paths.join() !== [live, live, ready].join()) problems.push('The probes ask for something else');
  const port = container!.ports?.find(({ name }) => name === 'http')?.containerPort;
  if (String(port) !== documentedVariables().PORT) problems.push('The port is not that of the service');
  if (data.MIGRATIONS_RUN !== 'false') problems.push('Each pod migrates');
  if (spec!.replicas !== undefined) problems.push('The replicas are the autoscaler’s');
  if (spec!.strategy?.rollingUpdate?.maxUnavailable !== 0) problems.push('A rollout takes pods away first');
  if ((pod.topologySpreadConstraints ?? []).length === 0) problems.push('All pods may be on one node');
  const preStopS = Number(container!.lifecycle?.preStop?.exec?.command?.at(-1) ?? 0);
  if (preStopS < 1) problems.push('Requests still come when it accepts none');
  const shutdownS = Number(data.SHUTDOWN_TIMEOUT_MS ?? documentedVariables().SHUTDOWN_TIMEOUT_MS) / 1000;
  if ((pod.terminationGracePeriodSeconds ?? 0) < preStopS + shutdownS + CLOSING_S)
    problems.push('It is killed before it has shut down');
  return problems;
}

function jobProblems({ spec }: IJob): string[] {
  const [container] = spec!.template.spec!.containers;
  const isMigration = container!.args?.join(' ') === 'dist/src/cli/main.js migrate';
  return isMigration ? [] : ['The job runs another command'];
}

function variableProblems({ data = {} }: IConfigMap, { stringData = {} }: ISecret, { spec }: IJob): string[] {
  const inJob = spec!.template.spec!.containers.flatMap(({ env = [] }) => env.map(({ name }) => name));
  const secrets = ['DATABASE_URL', 'ENCRYPTION_KEY', 'DECRYPTION_KEYS', 'ADMIN_TOKEN', 'REDIS_URL'];
  return [
    ...unknownVariables([...Object.keys(data), ...Object.keys(stringData), ...inJob]),
    ...Object.keys(data)
      .filter((name) => secrets.includes(name))
      .map((name) => `${name} is no secret here`),
    ...['ENCRYPTION_KEY', 'ADMIN_TOKEN']
      .filter((name) => !isPlaceholder(stringData[name] ?? ''))
      .map((name) => `${name} of the example would be taken in production`),
  ];
}

function sizeProblems(
  deployment: IDeployment,
  autoscaler: IHorizontalPodAutoscaler,
  { data = {} }: IConfigMap,
): string[] {
  const { maxReplicas, minReplicas = 1 } = autoscaler.spec!;
  const surge = Number(deployment.spec!.strategy?.rollingUpdate?.maxSurge ?? 0);
  const connections = (maxReplicas + surge) * Number(data.WORKERS) * Number(data.DATABASE_POOL_SIZE);
  const problems: string[] = [];
  // The job has three.
  if (!(connections + 3 <= MAX_CONNECTIONS))
    problems.push('There are more connections than the database takes');
  if (minReplicas < 2) problems.push('A single pod is no service');
  return problems;
}

function selectionProblems(
  { spec, metadata }: IDeployment,
  service: IService,
  budget: IPodDisruptionBudget,
  policy: INetworkPolicy,
): string[] {
  const labels = spec!.template.metadata!.labels!;
  const selects = (selector: object | undefined) =>
    Object.entries(selector ?? { '': '' }).every(([name, value]) => labels[name] === value);
  const selectors = {
    deployment: spec!.selector.matchLabels,
    service: service.spec!.selector,
    budget: budget.spec!.selector?.matchLabels,
    policy: policy.spec!.podSelector?.matchLabels,
  };
  const port = spec!.template.spec!.containers[0]!.ports![0]!;
  const problems = Object.entries(selectors)
    .filter(([, selector]) => !selects(selector))
    .map(([name]) => `The ${name} selects other pods`);
  if (service.spec!.ports?.[0]?.targetPort !== port.name) problems.push('The service has another port');
  const open = policy.spec!.ingress?.flatMap(({ ports = [] }) => ports.map((each) => each.port));
  if (open?.join() !== String(port.containerPort)) problems.push('The policy opens another port');
  if (metadata!.name !== service.metadata!.name) problems.push('The service has another name');
  return problems;
}

describe('deploy/kubernetes', () => {
  it('is what the schema and we ask for', () => {
    expect(problemsOf(texts)).toEqual([]);
  });

  it.each<[string, string | RegExp, string, string]>([
    ['deployment', 'selector:', 'selektor:', 'must have required property selector'],
    ['deployment', 'periodSeconds: 10', 'periodSeconds: often', 'must be integer'],
    [
      'deployment',
      'readOnlyRootFilesystem',
      'readonlyRootFilesystem',
      'spec.template.spec.containers.0.securityContext.readonlyRootFilesystem is no field of Deployment',
    ],
    ['deployment', 'metadata:', 'metadat:', 'metadat is no field of Deployment'],
    ['deployment', 'apps/v1', 'apps/v1beta1', 'apps/v1beta1 Deployment is not known here'],
    ['horizontal-pod-autoscaler', 'maxReplicas: 10', "maxReplicas: '10'", 'must be integer'],
    ['kustomization', '  - service.yaml\n', '', 'The kustomization lists other files'],
    ['kustomization', 'name: nest-ciam', 'name: ciam', 'The kustomization sets another image'],
    ['kustomization', 'newTag: 0.1.0', 'newTag: latest', 'The kustomization sets another image'],
    ['service', 'metadata:', 'metadata:\n  namespace: login', 'service.yaml names a namespace'],
    [
      'deployment',
      'readOnlyRootFilesystem: true',
      'readOnlyRootFilesystem: false',
      'The deployment may do more than it needs',
    ],
    ['migrations', 'drop: [ALL]', 'drop: [NET_RAW]', 'The job may do more than it needs'],
    [
      'migrations',
      'runAsUser: 1000',
      'runAsUser: 0',
      'The job runs as somebody else than the image, or unconfined',
    ],
    [
      'deployment',
      'RuntimeDefault',
      'Unconfined',
      'The deployment runs as somebody else than the image, or unconfined',
    ],
    [
      'deployment',
      'automountServiceAccountToken: false',
      'automountServiceAccountToken: true',
      'The deployment has a service account token',
    ],
    [
      'deployment',
      'enableServiceLinks: false',
      'enableServiceLinks: true',
      'The deployment has variables of services',
    ],
    [
      'deployment',
      'image: nest-ciam',
      'image: ciam',
      'The deployment has an image that the kustomization does not set',
    ],
    ['deployment', 'memory: 512Mi', 'cpu: 500m', 'The deployment has no bounds'],
    ['deployment', 'path: /health/live', 'path: /health/ready', 'The probes ask for something else'],
    ['deployment', 'containerPort: 3000', 'containerPort: 8080', 'The port is not that of the service'],
    ['deployment', 'maxUnavailable: 0', 'maxUnavailable: 1', 'A rollout takes pods away first'],
    [
      'deployment',
      /\n {6}topologySpreadConstraints:[\s\S]*?(?=\n {6}containers:)/,
      '',
      'All pods may be on one node',
    ],
    [
      'deployment',
      "command: [sleep, '5']",
      "command: [sleep, '0']",
      'Requests still come when it accepts none',
    ],
    [
      'deployment',
      'terminationGracePeriodSeconds: 30',
      'terminationGracePeriodSeconds: 17',
      'It is killed before it has shut down',
    ],
    [
      'configmap',
      "SHUTDOWN_TIMEOUT_MS: '10000'",
      "SHUTDOWN_TIMEOUT_MS: '25000'",
      'It is killed before it has shut down',
    ],
    ['configmap', "MIGRATIONS_RUN: 'false'", "MIGRATIONS_RUN: 'true'", 'Each pod migrates'],
    ['configmap', 'LOG_LEVEL:', 'LOGLEVEL:', 'LOGLEVEL is no variable of the service'],
    ['configmap', 'LOG_LEVEL: info', 'ADMIN_TOKEN: secret', 'ADMIN_TOKEN is no secret here'],
    [
      'configmap',
      "DATABASE_POOL_SIZE: '10'",
      "DATABASE_POOL_SIZE: '20'",
      'There are more connections than the database takes',
    ],
    [
      'secret.example',
      /ENCRYPTION_KEY: change-me/,
      'ENCRYPTION_KEY: q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=',
      'ENCRYPTION_KEY of the example would be taken in production',
    ],
    ['migrations', 'name: DATABASE_URL', 'name: DB_URL', 'DB_URL is no variable of the service'],
    ['migrations', 'cli/main.js, migrate', 'cli/main.js, doctor', 'The job runs another command'],
    ['horizontal-pod-autoscaler', 'minReplicas: 2', 'minReplicas: 1', 'A single pod is no service'],
    [
      'horizontal-pod-autoscaler',
      'maxReplicas: 10',
      'maxReplicas: 15',
      'There are more connections than the database takes',
    ],
    ['service', 'component: service', 'component: migrations', 'The service selects other pods'],
    ['service', 'targetPort: http', 'targetPort: web', 'The service has another port'],
    ['network-policy', 'port: 3000', 'port: 8080', 'The policy opens another port'],
    ['pod-disruption-budget', 'component: service', 'component: api', 'The budget selects other pods'],
  ])('is refused with %s.yaml having %j changed to %j', (name, before, after, problem) => {
    const file = `${name}.yaml`;
    const changed = { ...texts, [file]: texts[file]!.replace(before, after) };
    expect(changed[file]).not.toBe(texts[file]);
    expect(problemsOf(changed)).toEqual(expect.arrayContaining([expect.stringContaining(problem)]));
  });
});
