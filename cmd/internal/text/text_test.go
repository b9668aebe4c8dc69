package text_test

import (
	"encoding/json"
	"slices"
	"testing"

	"example.com/skein/cmd/internal/text"
)

func TestWordsComeBackAsTheyWere(t *testing.T) {
	for _, words := range []text.Words{{}, {"a", "", "ä\n"}, {"\xff", "a\x00b", `{"base64":"eA=="}`}} {
		b, err := json.Marshal(words)
		if err != nil {
			t.Fatal(err)
		}
		var back text.Words
		if err := json.Unmarshal(b, &back); err != nil || !slices.Equal(back, words) {
			t.Errorf("%q became %s and then %q, %v", words, b, back, err)
		}
	}
	var none text.Text
	if err := json.Unmarshal([]byte(`{"base64":"!"}`), &none); err == nil {
		t.Error("what is no base64 is a text")
	}
}
