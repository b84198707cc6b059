// Any bytes as a token, and as the position that a token is made of: what is read makes a token that reads the same, a
// token fits only what it was made of, and one changed byte is refused or changes nothing.
#include <cstdint>
#include <cstring>

#include "service/page_token.h"
#include "service/search_page.h"
#include "tests/fuzz/require.h"

namespace {

using namespace voisin::service;
using voisin::fuzz::Refused;
using voisin::fuzz::Require;

constexpr uint32_t kCollection = 7;
constexpr char kFilter[] = "a = 1";

void ReadListing(std::string_view token) {
  const auto after = ReadPageToken(token, kCollection, kFilter);
  if (Refused(after.status())) return;
  Require(ReadPageToken(MakePageToken(kCollection, kFilter, *after), kCollection, kFilter) == after);
}

void MakeListing(std::string_view after) {
  std::string token = MakePageToken(kCollection, kFilter, after);
  Require(ReadPageToken(token, kCollection, kFilter).value() == after);
  Require(Refused(ReadPageToken(token, kCollection + 1, kFilter).status()));
  Require(Refused(ReadPageToken(token, kCollection, "a = 2").status()));
  token[static_cast<uint8_t>(after.front()) % token.size()] = after.back();
  const auto changed = ReadPageToken(token, kCollection, kFilter);
  Require(Refused(changed.status()) || *changed == after);
}

SearchRequest RequestWith(std::string token) {
  SearchRequest request;
  request.text = "text";
  request.filter = kFilter;
  request.page_token = std::move(token);
  return request;
}

void ReadSearch(std::string_view token) {
  const SearchRequest request = RequestWith(std::string(token));
  const auto position = ReadSearchToken(kCollection, request, 10);
  if (Refused(position.status())) return;
  Require(position->seen + 10 <= kMaxPagedHits);
  const auto same = RequestWith(MakeSearchToken(kCollection, request, *position));
  Require(ReadSearchToken(kCollection, same, 10).ok());
}

void MakeSearch(std::string_view bytes) {
  SearchPosition position;
  if (bytes.size() < sizeof(position)) return;
  std::memcpy(&position.lsn, bytes.data(), sizeof(position.lsn));
  std::memcpy(&position.point, bytes.data() + 8, sizeof(position.point));
  std::memcpy(&position.seen, bytes.data() + 16, sizeof(position.seen));
  std::memcpy(&position.score, bytes.data() + 20, sizeof(position.score));
  SearchRequest request = RequestWith("");
  request.page_token = MakeSearchToken(kCollection, request, position);
  const auto read = ReadSearchToken(kCollection, request, 1);
  Require(Refused(read.status()) == (position.seen >= kMaxPagedHits));
  if (read.ok()) Require(MakeSearchToken(kCollection, request, *read) == request.page_token);
  Require(Refused(ReadSearchToken(kCollection + 1, request, 1).status()));
  request.text = "other";
  Require(Refused(ReadSearchToken(kCollection, request, 1).status()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ReadListing(bytes);
  ReadSearch(bytes);
  if (!bytes.empty()) MakeListing(bytes);
  MakeSearch(bytes);
  return 0;
}
