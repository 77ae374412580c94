{{- define "dragoman.name" -}}
{{- printf "%s" .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "dragoman.labels" -}}
app.kubernetes.io/name: dragoman
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "dragoman.selector" -}}
app.kubernetes.io/name: dragoman
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* A secret that was drawn stays as it is when the chart is upgraded. */}}
{{- define "dragoman.drawn" -}}
{{- $known := lookup "v1" "Secret" .root.Release.Namespace (printf "%s-drawn" (include "dragoman.name" .root)) -}}
{{- if and $known (index $known.data .key) -}}
{{- index $known.data .key | b64dec -}}
{{- else -}}
{{- randAlphaNum 32 -}}
{{- end -}}
{{- end }}
