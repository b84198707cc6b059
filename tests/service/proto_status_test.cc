#include "service/proto_status.h"

#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "service/errors.h"
#include "service/proto_parse.h"
#include "service/utf8.h"
#include "voisin/v1/document.pb.h"

namespace voisin::service {
namespace {

template <typename Detail>
Detail Only(const google::rpc::Status& status) {
  Detail detail;
  EXPECT_EQ(status.details_size(), 1);
  EXPECT_TRUE(status.details(0).UnpackTo(&detail));
  return detail;
}

TEST(ProtoStatus, CarriesEveryDetail) {
  const auto bad = ToProto(InvalidField("texts[1]", "expected text, got none"));
  EXPECT_EQ(bad.code(), 3);
  EXPECT_EQ(Only<google::rpc::BadRequest>(bad).field_violations(0).field(), "texts[1]");

  const auto missing = ToProto(NotFoundResource("collection", "collections/x", "no x"));
  EXPECT_EQ(missing.code(), 5);
  EXPECT_EQ(Only<google::rpc::ResourceInfo>(missing).resource_name(), "collections/x");

  const auto broken = ToProto(BrokenPrecondition("MODEL_FINGERPRINT", "collections/x", "a is not b"));
  EXPECT_EQ(broken.code(), 9);
  EXPECT_EQ(Only<google::rpc::PreconditionFailure>(broken).violations(0).type(), "MODEL_FINGERPRINT");

  const auto full = ToProto(RetryAfter(absl::ResourceExhaustedError("full"), absl::Milliseconds(1250)));
  EXPECT_EQ(full.code(), 8);
  EXPECT_EQ(Only<google::rpc::RetryInfo>(full).retry_delay().seconds(), 1);
  EXPECT_EQ(Only<google::rpc::RetryInfo>(full).retry_delay().nanos(), 250000000);
}

TEST(ProtoStatus, FitsTrailersAndStaysUtf8) {
  const std::string endless(100000, '\xC3');
  const auto status = ToProto(InvalidField(endless, endless));
  EXPECT_LT(3 * status.message().size() + 4 * status.ByteSizeLong() / 3, 8000U);
  EXPECT_FALSE(FindInvalidUtf8(status.message()).has_value());
}

TEST(PrintableText, CutsBetweenCharacters) {
  EXPECT_EQ(PrintableText("abc", 3), "abc");
  EXPECT_EQ(PrintableText("abcdef", 5), "ab...");
  EXPECT_EQ(PrintableText("a\u00e9\u00e9\u00e9", 6), "a\u00e9...");
  EXPECT_EQ(PrintableText("a\xFFz", 10), "a\uFFFDz");
}

TEST(ExplainUnparsable, NamesTheFieldAndTheByte) {
  v1::UpsertDocumentsRequest request;
  request.set_collection("c");
  request.add_documents()->set_text("fine");
  request.add_documents()->set_text("ab\xFF");
  const absl::Status status =
      ExplainUnparsable(request.SerializePartialAsString(), *v1::UpsertDocumentsRequest::descriptor());
  EXPECT_EQ(FieldOf(status), "documents[1].text");
  EXPECT_NE(status.message().find("at 2"), absl::string_view::npos);
}

TEST(ExplainUnparsable, SaysWhatWasExpected) {
  const absl::Status status = ExplainUnparsable("\x0A\x7F", *v1::GetDocumentRequest::descriptor());
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("voisin.v1.GetDocumentRequest"), absl::string_view::npos);
}

}  // namespace
}  // namespace voisin::service
