{{- define "eds.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Leaves room for the longest ending, "-migrate". */}}
{{- define "eds.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 55 | trimSuffix "-" }}
{{- else if contains (include "eds.name" .) .Release.Name }}
{{- .Release.Name | trunc 55 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "eds.name" .) | trunc 55 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "eds.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "eds.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "eds.image" -}}
{{- $image := .Values.image }}
{{- if $image.digest }}
{{- printf "%s@%s" $image.repository $image.digest }}
{{- else }}
{{- printf "%s:%s" $image.repository (default .Chart.AppVersion $image.tag) }}
{{- end }}
{{- end }}

{{/* What pods are selected by; takes a dict of root and component. */}}
{{- define "eds.selectorLabels" -}}
app.kubernetes.io/name: {{ include "eds.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Labels of every object; takes a dict of root and component. */}}
{{- define "eds.labels" -}}
{{- $own := dict
  "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/version" .root.Chart.AppVersion
  "app.kubernetes.io/managed-by" .root.Release.Service }}
{{- $selecting := include "eds.selectorLabels" . | fromYaml }}
{{- toYaml (merge $selecting $own .root.Values.commonLabels) }}
{{- end }}

{{/* Labels of pods. What they are selected by wins over what is added. */}}
{{- define "eds.podLabels" -}}
{{- $labels := include "eds.labels" . | fromYaml }}
{{- toYaml (merge $labels .root.Values.podLabels) }}
{{- end }}

{{/* Variables of worker and migrate Job; takes a dict of root and database. */}}
{{- define "eds.env" -}}
{{- $temporal := .root.Values.temporal }}
- name: DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ .database.existingSecret }}
      key: {{ .database.key }}
{{- range $name, $value := .root.Values.config }}
- name: {{ $name }}
  {{- /* A number as it was written: quote alone makes 3.6e+06 of 3600000. */}}
  value: {{ kindIs "string" $value | ternary $value (toJson $value) | quote }}
{{- end }}
{{- with $temporal.apiKey }}
{{- if .existingSecret }}
- name: TEMPORAL_API_KEY
  valueFrom:
    secretKeyRef:
      name: {{ .existingSecret }}
      key: {{ .key }}
{{- end }}
{{- end }}
{{- if $temporal.clientCertificate.existingSecret }}
- name: TEMPORAL_TLS_CLIENT_CERT_PATH
  value: /etc/environment-document-sync/temporal-client/tls.crt
- name: TEMPORAL_TLS_CLIENT_KEY_PATH
  value: /etc/environment-document-sync/temporal-client/tls.key
{{- end }}
{{- if $temporal.serverCa.existingSecret }}
- name: TEMPORAL_TLS_SERVER_CA_CERT_PATH
  value: /etc/environment-document-sync/temporal-ca/ca.crt
{{- end }}
{{- with .root.Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "eds.volumeMounts" -}}
{{- $values := .Values }}
{{- if $values.database.ca.existingSecret }}
- name: postgresql-ca
  mountPath: /etc/environment-document-sync/postgresql-ca
  readOnly: true
{{- end }}
{{- if $values.temporal.clientCertificate.existingSecret }}
- name: temporal-client
  mountPath: /etc/environment-document-sync/temporal-client
  readOnly: true
{{- end }}
{{- if $values.temporal.serverCa.existingSecret }}
- name: temporal-ca
  mountPath: /etc/environment-document-sync/temporal-ca
  readOnly: true
{{- end }}
{{- with $values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Each file of a Secret has one name in the pod, whatever its key. */}}
{{- define "eds.volumes" -}}
{{- $values := .Values }}
{{- with $values.database.ca }}
{{- if .existingSecret }}
- name: postgresql-ca
  secret:
    secretName: {{ .existingSecret }}
    defaultMode: 0440
    items:
      - key: {{ .key }}
        path: ca.crt
{{- end }}
{{- end }}
{{- with $values.temporal.clientCertificate }}
{{- if .existingSecret }}
- name: temporal-client
  secret:
    secretName: {{ .existingSecret }}
    defaultMode: 0440
    items:
      - key: {{ .certificateKey }}
        path: tls.crt
      - key: {{ .privateKeyKey }}
        path: tls.key
{{- end }}
{{- end }}
{{- with $values.temporal.serverCa }}
{{- if .existingSecret }}
- name: temporal-ca
  secret:
    secretName: {{ .existingSecret }}
    defaultMode: 0440
    items:
      - key: {{ .key }}
        path: ca.crt
{{- end }}
{{- end }}
{{- with $values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The container's part that worker and migrate Job have alike; takes a dict of root and database. */}}
{{- define "eds.container" -}}
image: {{ include "eds.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  {{- toYaml .root.Values.containerSecurityContext | nindent 2 }}
env:
  {{- include "eds.env" . | trim | nindent 2 }}
{{- with .root.Values.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "eds.volumeMounts" .root | trim }}
volumeMounts:
  {{- . | nindent 2 }}
{{- end }}
{{- end }}

{{/*
The pod's part that worker and migrate Job have alike. No token, as nothing here talks to Kubernetes' API; no service links,
as a Service of the name "http" would set HTTP_PORT.
*/}}
{{- define "eds.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "eds.volumes" . | trim }}
volumes:
  {{- . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Rules of egress: a list of names in networkPolicy.egress; takes a dict of root and names. */}}
{{- define "eds.egress" -}}
{{- range .names }}
{{- $part := get $.root.Values.networkPolicy.egress . }}
{{- $protocols := eq . "dns" | ternary (list "UDP" "TCP") (list "TCP") }}
- ports:
    {{- range $port := $part.ports }}
    {{- range $protocol := $protocols }}
    - port: {{ $port }}
      protocol: {{ $protocol }}
    {{- end }}
    {{- end }}
  {{- with $part.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- with .root.Values.networkPolicy.extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end }}
