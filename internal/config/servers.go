package config

import (
	"slices"

	"wvwatch/internal/codes"
)

// servers returns by source of which licence servers it is configured to hold codes:
// its own, and those of its licence paths and of players' numbers. Sources for Widevine
// alone are left out.
func (c *Config) servers() map[string][]codes.DRM {
	var all map[string][]codes.DRM
	for _, s := range c.Sources {
		names := []string{s.Parse.DRM}
		for _, p := range s.Parse.LicencePaths {
			names = append(names, p.DRM)
		}
		for _, w := range s.Parse.WhatValues {
			names = append(names, w.DRM)
		}
		var list []codes.DRM
		for _, name := range names {
			if d, err := codes.ParseDRM(name); err == nil && !slices.Contains(list, d) {
				list = append(list, d)
			}
		}
		if slices.Equal(list, []codes.DRM{codes.Widevine}) {
			continue
		}
		if all == nil {
			all = make(map[string][]codes.DRM)
		}
		all[s.Tail.Name] = list
	}
	return all
}
