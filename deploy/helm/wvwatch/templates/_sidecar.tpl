{{/*
The sidecar, for the charts of others that have this one as a dependency in mode sidecar:

    initContainers:
      {{- include "wvwatch.sidecar.container" .Subcharts.wvwatch | nindent 6 }}
    volumes:
      {{- include "wvwatch.sidecar.volumes" .Subcharts.wvwatch | nindent 6 }}

and in the annotations of the pod

      {{- include "wvwatch.checksum" .Subcharts.wvwatch | nindent 8 }}

It is a native sidecar: it starts before the proxy, stops after it, and so reads the last lines. It has no readiness probe: a
backlog must never take the proxy out of its Service; and no startup probe: the proxy does not wait for it.
*/}}
{{- define "wvwatch.sidecar.container" -}}
- restartPolicy: Always
  {{- include "wvwatch.containerBase" . | nindent 2 }}
  ports:
    {{- include "wvwatch.ports" . | nindent 4 }}
  volumeMounts:
    - name: {{ .Values.sidecar.logs.volume }}
      mountPath: /logs
      readOnly: true
      {{- with .Values.sidecar.logs.subPath }}
      subPath: {{ . }}
      {{- end }}
    - name: {{ .Values.sidecar.state.volume }}
      mountPath: /var/lib/wvwatch
      {{- with .Values.sidecar.state.subPath }}
      subPath: {{ . }}
      {{- end }}
    - {name: wvwatch-config, mountPath: /etc/wvwatch, readOnly: true}
    {{- with .Values.extraVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}

{{- define "wvwatch.sidecar.volumes" -}}
- name: wvwatch-config
  configMap: {name: {{ include "wvwatch.fullname" . }}}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}
