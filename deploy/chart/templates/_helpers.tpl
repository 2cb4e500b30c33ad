{{- define "callgate.labels" -}}
app.kubernetes.io/name: callgate
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "callgate.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "callgate.config" -}}
{{- $rules := list -}}
{{- if .Values.builtinRules }}{{ $rules = append $rules "builtin" }}{{ end -}}
{{- if .Values.rules }}{{ $rules = append $rules "/etc/callgate/rules" }}{{ end -}}
{{- if not $rules }}{{ fail "builtinRules is false and rules is empty: there would be no rules" }}{{ end -}}
rules: {{ toJson $rules }}
sets: {{ toJson .Values.sets }}
kubernetes_api: {{ toJson .Values.kubernetesAPI }}
mode: {{ .Values.mode }}
format: {{ .Values.format }}
sinks: {{ toJson .Values.sinks }}
containerd_socket: {{ .Values.containerd.socket | quote }}
on_supervisor_loss: {{ .Values.onSupervisorLoss }}
supervisor_timeout: {{ .Values.supervisorTimeout }}
allow_override: {{ toJson .Values.allowOverride }}
{{- end }}
