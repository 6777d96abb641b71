package blame

import "slices"

// Names of dimensions that a rule of the verdict goes by, in the order in which they
// are preferred where two explain a rise equally well: the nearest to who can act.
var (
	tenantDimensions   = []string{"tenant", "operator", "brand"}
	appDimensions      = []string{"app_version", "app", "app_name", "player", "player_version", "sdk", "sdk_version"}
	platformDimensions = []string{"platform", "device_model", "device_type", "os", "os_version", "browser"}
	drmDimensions      = []string{"drm"}
	upstreamDimensions = []string{"upstream", "backend"}
	hostDimensions     = []string{"host", "hostname", "node", "source", "instance"}
	podDimensions      = []string{"pod", "container", "namespace"}
	countryDimensions  = []string{"country", "region", "asn", "isp", "cdn"}
)

// preference returns the place of a dimension in the order above; dimensions that
// are in none come last.
func preference(name string) int {
	order := [][]string{tenantDimensions, appDimensions, platformDimensions, drmDimensions, upstreamDimensions, hostDimensions, podDimensions, countryDimensions}
	at := slices.IndexFunc(order, func(names []string) bool { return slices.Contains(names, name) })
	if at < 0 {
		return len(order)
	}
	return at
}
