package cli

// list reads [a, b].
func (p *queryParser) list(depth int) (query, error) {
	p.take("[")
	var parts []query
	for {
		part, err := p.pipe(depth + 1)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		if p.take("]") {
			break
		}
		if !p.take(",") {
			return nil, p.fail()
		}
	}
	return func(v any) any {
		if v == nil {
			return nil
		}
		out := make([]any, len(parts))
		for i, part := range parts {
			out[i] = part(v)
		}
		return out
	}, nil
}

// hash reads {name: a}.
func (p *queryParser) hash(depth int) (query, error) {
	p.take("{")
	var names []string
	var parts []query
	for {
		name, err := p.name()
		if err != nil || !p.take(":") {
			return nil, p.fail()
		}
		part, err := p.pipe(depth + 1)
		if err != nil {
			return nil, err
		}
		names, parts = append(names, name), append(parts, part)
		if p.take("}") {
			break
		}
		if !p.take(",") {
			return nil, p.fail()
		}
	}
	return func(v any) any {
		if v == nil {
			return nil
		}
		out := object{}
		for i, part := range parts {
			out = append(out, pair{names[i], part(v)})
		}
		return out
	}, nil
}

func at(value any, i int) any {
	items, ok := value.([]any)
	if i < 0 {
		i += len(items)
	}
	if !ok || i < 0 || i >= len(items) {
		return nil
	}
	return items[i]
}

func memberOf(value any, name string) any {
	members, _ := value.(object)
	for _, p := range members {
		if p.name == name {
			return p.value
		}
	}
	return nil
}

func lengthOf(value any) any {
	switch v := value.(type) {
	case []any:
		return len(v)
	case object:
		return len(v)
	case string:
		return len([]rune(v))
	}
	return nil
}
