{{- define "wvwatch.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "wvwatch.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if contains (include "wvwatch.name" .) .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "wvwatch.name" .) | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "wvwatch.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "wvwatch.selectorLabels" . }}
app.kubernetes.io/component: {{ .Values.mode }}
app.kubernetes.io/part-of: {{ include "wvwatch.name" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "wvwatch.selectorLabels" -}}
app.kubernetes.io/name: {{ include "wvwatch.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Labels of the pods with a wvwatch container. */}}
{{- define "wvwatch.podSelector" -}}
{{- if eq .Values.mode "sidecar" }}
{{- if not .Values.sidecar.selector }}
{{- fail "sidecar.selector: set it to the labels of the pods that have the container" }}
{{- end }}
{{- toYaml .Values.sidecar.selector }}
{{- else }}
{{- include "wvwatch.selectorLabels" . }}
{{- end }}
{{- end }}

{{- define "wvwatch.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "wvwatch.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* An image by its digest, else its tag. Takes a list: the image, and the tag where it has none. */}}
{{- define "wvwatch.imageOf" -}}
{{- $image := index . 0 }}
{{- $registry := required "image.registry: set it to the registry that you pushed the image to" $image.registry }}
{{- $name := printf "%s/%s" (trimSuffix "/" $registry) $image.repository }}
{{- if $image.digest }}
{{- printf "%s@%s" $name $image.digest }}
{{- else }}
{{- printf "%s:%s" $name (default (index . 1) $image.tag | toString) }}
{{- end }}
{{- end }}

{{- define "wvwatch.image" -}}
{{- include "wvwatch.imageOf" (list .Values.image .Chart.AppVersion) }}
{{- end }}

{{/* The Kafka group that keeps the checkpoint; empty where a directory does. */}}
{{- define "wvwatch.group" -}}
{{- if dig "state" "kafka" false .Values.config }}
{{- if ne .Values.mode "receiver" }}
{{- fail "config.state.kafka: set mode: receiver, since no member of the group needs files of a node or a pod" }}
{{- end }}
{{- range .Values.config.sources | default list | first | list }}
{{- required "config.state.kafka: name the group in config.sources[].kafka.group" (dig "kafka" "group" "" (. | default dict)) }}
{{- end }}
{{- end }}
{{- end }}

{{/* The configuration file: values.config, with what its mode needs where it says nothing. */}}
{{- define "wvwatch.config" -}}
{{- $config := deepCopy .Values.config }}
{{- if not $config.sources }}
{{- if eq .Values.mode "daemonset" }}
{{- /* Its own log repeats codes in alerts: it must not be read. */}}
{{- $self := printf "%s/%s-*" .Release.Namespace (include "wvwatch.fullname" .) }}
{{- $_ := set $config "sources" (list (dict "name" "pods" "kubernetes" (dict "namespaces" list "containers" list "exclude" (list $self)))) }}
{{- else if eq .Values.mode "receiver" }}
{{- $_ := set $config "sources" (list (dict "name" "received" "http" (dict "listen" "0.0.0.0:9478"))) }}
{{- else }}
{{- $_ := set $config "sources" (list (dict "name" "proxy" "files" (list "/logs/**/*.log"))) }}
{{- end }}
{{- end }}
{{- if not (include "wvwatch.group" .) }}{{/* else the group is the instance: alerts keep it when another pod leads */}}
{{- $instance := ternary "${NODE_NAME}" "${POD_NAME}" (eq .Values.mode "daemonset") }}
{{- $_ := set $config "external_labels" (merge (default dict $config.external_labels) (dict "instance" $instance)) }}
{{- end }}
{{- if and .Values.prometheusRule.enabled .Values.prometheusRule.evaluateCodes (not (hasKey $config "alerts")) }}
{{- $_ := set $config "alerts" (.Files.Get "files/codes.alerts.yml" | fromYaml).alerts }}
{{- end }}
{{- toYaml $config }}
{{- end }}

{{- define "wvwatch.checksum" -}}
checksum/config: {{ include "wvwatch.config" . | sha256sum }}
{{- end }}

{{- define "wvwatch.env" -}}
- name: NODE_NAME
  valueFrom: {fieldRef: {fieldPath: spec.nodeName}}
- name: POD_NAME
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- name: POD_NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
{{- if not (include "wvwatch.group" .) }}
- {name: WVWATCH_STATE_DIRECTORY, value: /var/lib/wvwatch}
{{- end }}
- {name: WVWATCH_WEB_LISTEN, value: ":9477"}
# Probes need neither the password nor the TLS of web.config_file.
- {name: WVWATCH_WEB_HEALTH_LISTEN, value: ":9479"}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* What the container may do: nothing. */}}
{{- define "wvwatch.securityContext" -}}
{{- $default := dict "runAsNonRoot" true "runAsUser" 65532 "runAsGroup" 65532 "allowPrivilegeEscalation" false "readOnlyRootFilesystem" true "capabilities" (dict "drop" (list "ALL")) "seccompProfile" (dict "type" "RuntimeDefault") }}
{{- if eq .Values.mode "daemonset" }}
{{- /* The kubelet's logs are root:root 0640: group 0 reads them, and no capability is needed. */}}
{{- $_ := set $default "runAsGroup" 0 }}
{{- end }}
{{- toYaml (mergeOverwrite $default (deepCopy .Values.securityContext)) }}
{{- end }}

{{/* The part of the container that all modes have. */}}
{{- define "wvwatch.containerBase" -}}
name: wvwatch
image: {{ include "wvwatch.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args: [run, --config, /etc/wvwatch/config.yaml{{ range .Values.extraArgs }}, {{ . | quote }}{{ end }}]
env:
  {{- include "wvwatch.env" . | nindent 2 }}
{{- with .Values.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
livenessProbe:
  httpGet: {path: /-/healthy, port: wvwatch-health}
  periodSeconds: 10
  failureThreshold: 6
resources:
  {{- toYaml .Values.resources | nindent 2 }}
securityContext:
  {{- include "wvwatch.securityContext" . | nindent 2 }}
{{- end }}

{{- define "wvwatch.ports" -}}
- {name: wvwatch, containerPort: 9477}
- {name: wvwatch-health, containerPort: 9479}
{{- end }}

{{/* Relabelings of a monitor: one job, instance, and no label of the pod. A group is one instance, and its members differ by pod. */}}
{{- define "wvwatch.relabelings" -}}
- {targetLabel: job, replacement: {{ .Values.jobName | quote }}}
{{- with include "wvwatch.group" . }}
- {targetLabel: instance, replacement: {{ . | quote }}}
- {sourceLabels: [__meta_kubernetes_pod_name], targetLabel: pod}
- {action: labeldrop, regex: container|endpoint|service|namespace}
{{- else }}
- {sourceLabels: [{{ ternary "__meta_kubernetes_pod_node_name" "__meta_kubernetes_pod_name" (eq .Values.mode "daemonset") }}], targetLabel: instance}
- {action: labeldrop, regex: pod|container|endpoint|service|namespace}
{{- end }}
{{- end }}

{{/* Relabelings of what is scraped: those of a group, then the user's. Takes a list: the root, the user's. */}}
{{- define "wvwatch.metricRelabelings" -}}
{{- $root := index . 0 }}
{{- if include "wvwatch.group" $root }}
{{- range ($root.Files.Get "files/kafka.scrape.yml" | fromYaml).scrape_configs }}
{{ toYaml .metric_relabel_configs | replace "source_labels:" "sourceLabels:" | replace "target_label:" "targetLabel:" }}
{{- end }}
{{- end }}
{{- with index . 1 }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The rules on daemons, for this job, with links that people on call can follow. Takes a list: the root, the file. */}}
{{- define "wvwatch.rules" -}}
{{- $root := index . 0 }}
{{- $base := required "runbookUrl: set it to where people on call reach the runbooks, such as https://wvwatch.example.com/runbooks" $root.Values.runbookUrl }}
{{- $root.Files.Get (index . 1) | replace "http://wvwatch:9477/runbooks/" (printf "%s/" (trimSuffix "/" $base)) | replace "job=\"wvwatch\"" (printf "job=%q" $root.Values.jobName) }}
{{- end }}
