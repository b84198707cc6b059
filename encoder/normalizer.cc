#include "encoder/normalizer.h"

#include <utility>

#include "encoder/characters.h"

namespace voisin::encoder {
namespace {

bool IsNmtControl(char32_t c) {
  return (c >= 0x01 && c <= 0x08) || c == 0x0b || (c >= 0x0e && c <= 0x1f) || c == 0x7f || c == 0x8f ||
         c == 0x9f;
}

bool IsNmtSpace(char32_t c) {
  return c == 0x09 || c == 0x0a || c == 0x0c || c == 0x0d || c == 0x1680 || (c >= 0x200b && c <= 0x200f) ||
         c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xfeff || c == 0xfffd;
}

NormalizedText Part(const NormalizedText& in, size_t begin, size_t end) {
  NormalizedText out;
  out.AppendRange(in, begin, end);
  return out;
}

// Where the character before byte `at` begins.
size_t Before(std::string_view text, size_t at) {
  while ((static_cast<unsigned char>(text[--at]) & 0xc0) == 0x80) continue;
  return at;
}

// Bytes of the `pattern`s in a row at `at`, of one at most unless `runs`.
size_t RunLength(std::string_view text, size_t at, std::string_view pattern, bool runs) {
  size_t length = 0;
  while (text.substr(at + length).starts_with(pattern)) {
    length += pattern.size();
    if (!runs) break;
  }
  return length;
}

struct Applier {
  NormalizedText in;

  NormalizedText operator()(UnicodeForm form) { return ApplyForm(form, std::move(in)); }

  NormalizedText operator()(const BertNormalizer& options) {
    return ApplyBertNormalizer(options, std::move(in));
  }

  NormalizedText operator()(const Lowercase&) {
    return MapCharacters(in, [](char32_t c, ByteSpan span, NormalizedText& out) {
      EmitLowerCase(c, [&](char32_t lower) { out.Append(lower, span); });
    });
  }

  NormalizedText operator()(const StripAccents&) {
    return MapCharacters(in, [](char32_t c, ByteSpan span, NormalizedText& out) {
      if (!IsMark(c)) out.Append(c, span);
    });
  }

  NormalizedText operator()(const Nmt&) {
    return MapCharacters(in, [](char32_t c, ByteSpan span, NormalizedText& out) {
      if (!IsNmtControl(c)) out.Append(IsNmtSpace(c) ? U' ' : c, span);
    });
  }

  NormalizedText operator()(const StripSpace& strip) {
    const std::string_view text = in.text;
    size_t begin = 0;
    size_t end = text.size();
    while (strip.left && begin < end && IsWhiteSpace(DecodeAt(text, begin))) begin += Utf8Length(text[begin]);
    while (strip.right && end > begin && IsWhiteSpace(DecodeAt(text, Before(text, end))))
      end = Before(text, end);
    return Part(in, begin, end);
  }

  NormalizedText operator()(const Replace& replace) {
    const std::string_view text = in.text;
    const size_t least = replace.runs ? 2 * replace.pattern.size() : replace.pattern.size();
    NormalizedText out;
    out.Reserve(text.size());
    for (size_t at = 0; at < text.size();) {
      const size_t found = text.find(replace.pattern, at);
      if (found == std::string_view::npos) {
        out.AppendRange(in, at, text.size());
        break;
      }
      const size_t end = found + RunLength(text, found, replace.pattern, replace.runs);
      const bool enough = end - found >= least;
      out.AppendRange(in, at, enough ? found : end);
      if (enough) out.Append(replace.content, in.SourceOf(found, end));
      at = end;
    }
    return out;
  }

  NormalizedText operator()(const Prepend& prepend) {
    if (in.text.empty()) return std::move(in);
    NormalizedText out;
    const uint32_t position = in.source.front().begin;
    out.Append(prepend.content, {position, position});
    out.AppendRange(in, 0, in.text.size());
    return out;
  }

  NormalizedText operator()(const Precompiled& precompiled) { return precompiled.map->Apply(in); }
};

}  // namespace

NormalizedText Normalize(std::string_view text, uint32_t position, const std::vector<NormalizerStep>& steps) {
  NormalizedText normalized;
  normalized.Reserve(text.size());
  normalized.AppendUnchanged(text, position);
  for (const NormalizerStep& step : steps) normalized = std::visit(Applier{std::move(normalized)}, step);
  return normalized;
}

}  // namespace voisin::encoder
