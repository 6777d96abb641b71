package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"
)

// TestInhibition asks a real Alertmanager with the shipped configuration which
// alerts it keeps back while a critical one fires.
func TestInhibition(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a real Alertmanager")
	}
	config, err := os.ReadFile("../../deploy/prometheus/alertmanager.yml")
	if err != nil {
		t.Fatal(err)
	}
	am := newPatient(t)
	am.kill()
	am.config = string(config)
	am.start()
	alerts := map[string]map[string]string{}
	add := func(name string, labels ...string) {
		alerts[name] = map[string]string{"alertname": name}
		for i := 0; i < len(labels); i += 2 {
			alerts[name][labels[i]] = labels[i+1]
		}
	}
	add("Cause", "severity", "critical", "category", "key-manager", "instance", "a")
	add("Symptom", "severity", "warning", "category", "key-manager", "instance", "a")
	add("SymptomOfATenant", "severity", "warning", "category", "key-manager", "instance", "a", "tenant", "acme")
	add("Level", "severity", "info", "category", "key-manager", "instance", "a")
	add("OtherCategory", "severity", "warning", "category", "token", "instance", "a")
	add("OtherInstance", "severity", "warning", "category", "key-manager", "instance", "b")
	add("AsBad", "severity", "critical", "category", "key-manager", "instance", "a")
	add("CauseOfATenant", "severity", "critical", "category", "internal", "instance", "a", "tenant", "acme")
	add("SameTenant", "severity", "warning", "category", "internal", "instance", "a", "tenant", "acme")
	add("OtherTenant", "severity", "warning", "category", "internal", "instance", "a", "tenant", "globex")
	add("AllTenants", "severity", "warning", "category", "internal", "instance", "a")
	var list []map[string]any
	for _, labels := range alerts {
		list = append(list, map[string]any{"labels": labels, "startsAt": time.Now().Format(time.RFC3339)})
	}
	body, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(am.url+"/api/v2/alerts", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	want := []string{"Level", "SameTenant", "Symptom", "SymptomOfATenant"}
	eventually(t, "what is kept back", func() error {
		var known []struct {
			Labels map[string]string
			Status struct{ InhibitedBy []string }
		}
		if err := getJSON(am.url+"/api/v2/alerts", &known); err != nil {
			return err
		}
		kept := make(map[string]bool)
		for _, a := range known {
			if len(a.Status.InhibitedBy) > 0 {
				kept[a.Labels["alertname"]] = true
			}
		}
		if got := slices.Sorted(maps.Keys(kept)); len(known) != len(alerts) || !slices.Equal(got, want) {
			return fmt.Errorf("%d alerts, kept back %v, want %v", len(known), got, want)
		}
		return nil
	})
}
