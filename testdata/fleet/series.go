package main

import (
	"bytes"
	"fmt"

	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
)

// staticSeries returns the series of an idle daemon with one source of Widevine and
// the default rules, as docs/metrics.md lists them, but for those that daemon
// writes itself.
func staticSeries(cat *codes.Catalogue) []byte {
	var b bytes.Buffer
	series := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	for i := range cat.Len() {
		e := cat.At(i)
		if e.DRM.String() != "widevine" {
			continue
		}
		series("drm_code_info{category=%q,code=\"%d\",description=%q,drm=\"widevine\",outcome=%q,owner=%q,severity=%q} 1", e.Category, e.Code, e.Description, e.Outcome, e.Owner, e.Severity)
		if e.Code == failingCode {
			continue
		}
		for _, name := range []string{"drm_extras_total", "drm_incidents_total"} {
			series("%s{category=%q,code=\"%d\",drm=\"widevine\",severity=%q,source=\"proxy\"} 0", name, e.Category, e.Code, e.Severity)
		}
	}
	for _, r := range alert.DefaultRules() {
		series("drm_alert_state{alert=%q,severity=%q} 0", r.Name, r.Severity)
		if r.Name == failingRule || r.Name == failingPage || r.When.Silent != 0 {
			continue
		}
		for _, name := range []string{"affected_clients_total", "plays_total", "expected_clients_total", "known_clients"} {
			series("drm_rule_%s{alert=%q} 0", name, r.Name)
		}
		series("drm_rule_dispersion{alert=%q} 1", r.Name)
		series("drm_spike_evidence{alert=%q} 0", r.Name)
	}
	for _, outcome := range []string{"failed", "gateway"} {
		series("drm_licence_requests_total{drm=\"widevine\",outcome=%q,source=\"proxy\"} 0", outcome)
	}
	for _, le := range []string{"0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"} {
		series("drm_licence_request_duration_seconds_bucket{drm=\"widevine\",le=%q,outcome=\"granted\",source=\"proxy\"} 0", le)
	}
	series("wvwatch_build_info{goversion=\"go1.26\",revision=\"0\",version=\"1.0.0\"} 1")
	for _, name := range []string{
		"wvwatch_catching_up", "wvwatch_lag_bytes", "wvwatch_lost_bytes_total", "wvwatch_files_followed", "wvwatch_lost_files_total", "wvwatch_rotations_total",
		"wvwatch_truncations_total", "wvwatch_open_errors_total", "wvwatch_overlong_lines_total", "wvwatch_source_lateness_seconds", "wvwatch_times_out_of_range_total",
	} {
		series("%s{source=\"proxy\"} 0", name)
	}
	for _, name := range []string{
		"wvwatch_config_last_reload_successful", "wvwatch_checkpoint_last_success_timestamp_seconds", "wvwatch_checkpoint_duration_seconds", "wvwatch_checkpoint_failures_total",
		"wvwatch_unsaved_lines", "wvwatch_scrape_errors_total", "process_cpu_seconds_total", "process_resident_memory_bytes",
	} {
		series("%s 1", name)
	}
	return b.Bytes()
}
