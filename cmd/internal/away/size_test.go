package away

import (
	"strings"
	"testing"

	"example.com/skein/cmd/internal/text"
)

// TestWordsThatFillACommand fills one up by the measure, with names that are not
// UTF-8 for a letter of another time.
func TestWordsThatFillACommand(t *testing.T) {
	for _, dir := range []string{"", "/" + strings.Repeat("d\xe9", 2000)} {
		task := Task{Dir: text.Text(dir)}
		for n := 0; ; {
			room := MostWords(dir) - n - WordSize
			word := "caf\xe9" + strings.Repeat("x", 25)
			for len(word) > 20 && TextSize(word) > room {
				word = word[:len(word)-1]
			}
			if TextSize(word) > room {
				break
			}
			n += TextSize(word) + WordSize
			task.Argv = append(task.Argv, word)
		}
		if _, err := key(&task); err != nil {
			t.Errorf("%d words: %v", len(task.Argv), err)
		}
	}
}
