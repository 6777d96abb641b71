package alert

// nearest returns the candidate that differs from word by the fewest edits, or
// "" where all of them differ too much to be a slip of the pen.
func nearest(word string, candidates []string) string {
	best, fewest := "", 1+len(word)/3
	for _, c := range candidates {
		if d := distance(word, c); d <= fewest && (best == "" || d < fewest) {
			best, fewest = c, d
		}
	}
	return best
}

// distance is Levenshtein's, by bytes: insertions, deletions, replacements.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
