package insight

import (
	"embed"
	"net/http"
)

//go:embed assets
var files embed.FS

// assets are the page's files by the name under which they are asked for.
var assets = map[string]struct{ path, contentType string }{
	"page.html": {"assets/page.html", "text/html; charset=utf-8"},
	"page.css":  {"assets/page.css", "text/css; charset=utf-8"},
	"page.js":   {"assets/page.js", "text/javascript; charset=utf-8"},
	"icon.svg":  {"assets/icon.svg", "image/svg+xml"},
	"uplot.js":  {"assets/vendor/uplot.js", "text/javascript; charset=utf-8"},
	"uplot.css": {"assets/vendor/uplot.css", "text/css; charset=utf-8"},
}

func serveAsset(w http.ResponseWriter, r *http.Request, name string) {
	asset, ok := assets[name]
	if !ok {
		(&refusal{http.StatusNotFound, "there is no such page", "the page's address ends in a slash"}).write(w)
		return
	}
	data, err := files.ReadFile(asset.path)
	if err != nil {
		panic("insight: " + err.Error()) // it is embedded
	}
	write(w, asset.contentType, data)
}
