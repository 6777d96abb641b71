package codes

import "fmt"

// Collision is what a number of the Widevine table means to another system:
// a player, an operating system, a network. What it means to another licence
// server of the same installation is in that server's table.
type Collision struct {
	Code    int    `json:"code"`
	System  string `json:"system"`
	Meaning string `json:"meaning"`
}

// readCollisions returns the collisions by number, in the table's order.
func readCollisions() (map[int][]Collision, error) {
	rows, err := readTable("collisions.tsv", collisionColumns)
	if err != nil {
		return nil, err
	}
	byCode := make(map[int][]Collision)
	for _, r := range rows {
		code, err := parseCode(r[0])
		if err != nil {
			return nil, fmt.Errorf("table collisions.tsv: %w", err)
		}
		byCode[code] = append(byCode[code], Collision{Code: code, System: r[1], Meaning: r[2]})
	}
	return byCode, nil
}
