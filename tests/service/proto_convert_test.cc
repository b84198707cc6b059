#include <gtest/gtest.h>

#include "service/errors.h"
#include "service/proto_collection.h"
#include "service/proto_document.h"
#include "service/proto_embedding.h"
#include "service/proto_search.h"

namespace voisin::service {
namespace {

storage::Document Named(std::string id, std::string text) {
  storage::Document document;
  document.id = std::move(id);
  document.text = std::move(text);
  return document;
}

TEST(ProtoDocument, RoundTrip) {
  const storage::Document document{"id",       "text",           {{"year", storage::Value{2020.0}}},
                                   {0.5F, -1}, 1700000000000001, {}};
  const auto back = DocumentFrom("documents[0]", ToProto(storage::Document(document)));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(*back, document);
  EXPECT_EQ(*DocumentFrom("d", ToProto(storage::Document{})), storage::Document{});
}

TEST(ProtoDocument, RefusesAnExpiryThatWouldMeanNever) {
  v1::UpsertDocumentsRequest request;
  request.set_collection("c");
  request.add_documents();
  request.add_documents()->mutable_expire_time()->set_seconds(0);
  EXPECT_EQ(FieldOf(RequestFrom(std::move(request)).status()), "documents[1].expire_time");
}

TEST(ProtoDocument, TakesRequestsWhole) {
  v1::UpsertDocumentsRequest upsert;
  upsert.set_collection("collections/c");
  upsert.add_documents()->set_id("a");
  upsert.set_request_id("r");
  upsert.set_truncation(v1::TRUNCATION_START);
  const auto made = RequestFrom(std::move(upsert));
  EXPECT_EQ(made->collection, "c");
  EXPECT_EQ(made->documents[0].id, "a");
  EXPECT_EQ(made->request_id, "r");
  EXPECT_EQ(made->truncation, encoder::Truncation::start);

  v1::DeleteDocumentsRequest remove;
  remove.set_collection("c");
  remove.add_ids("a");
  remove.set_filter("x = 1");
  EXPECT_EQ(RequestFrom(std::move(remove))->ids, std::vector<std::string>{"a"});

  v1::ListDocumentsRequest list;
  list.set_collection("c");
  list.set_page_size(7);
  list.set_page_token("t");
  list.set_with_text(false);
  const auto listed = RequestFrom(std::move(list));
  EXPECT_EQ(listed->page_size, 7U);
  EXPECT_EQ(listed->page_token, "t");
  EXPECT_FALSE(listed->mask.text);
  EXPECT_TRUE(listed->mask.metadata);
  EXPECT_FALSE(listed->mask.vector);
}

TEST(ProtoDocument, SortsFoundFromMissing) {
  std::vector<std::optional<storage::Document>> found(3);
  found[1] = Named("b", "");
  const auto response = ToProto({"a", "b", "c"}, std::move(found));
  ASSERT_EQ(response.documents_size(), 1);
  EXPECT_EQ(response.documents(0).id(), "b");
  EXPECT_EQ(response.missing_ids(1), "c");
}

TEST(ProtoSearch, TakesEachKindOfQuery) {
  v1::SearchRequest request;
  request.set_collection("c");
  EXPECT_FALSE(RequestFrom(v1::SearchRequest(request))->text.has_value());
  request.set_text("t");
  request.set_min_score(0.5F);
  request.mutable_params()->set_ef(9);
  const auto text = RequestFrom(v1::SearchRequest(request));
  EXPECT_EQ(text->text, "t");
  EXPECT_EQ(text->min_score, 0.5F);
  EXPECT_EQ(text->ef, 9U);
  request.mutable_vector()->add_values(1);
  EXPECT_EQ(RequestFrom(v1::SearchRequest(request))->vector, std::vector<float>{1});
  request.set_document_id("d");
  EXPECT_EQ(RequestFrom(v1::SearchRequest(request))->document_id, "d");
}

TEST(ProtoSearch, TakesGroupsDiversityAndPages) {
  v1::SearchRequest request;
  request.set_collection("c");
  const auto plain = RequestFrom(v1::SearchRequest(request));
  EXPECT_FALSE(plain->group_by || plain->diversity);
  EXPECT_EQ(plain->page_token, "");
  request.mutable_group_by()->set_field("a.b");
  request.mutable_group_by()->set_group_size(3);
  request.mutable_diversity()->set_candidates(40);
  request.set_page_token("next");
  const auto made = RequestFrom(v1::SearchRequest(request));
  EXPECT_EQ(made->group_by->field, "a.b");
  EXPECT_EQ(made->group_by->group_size, 3u);
  EXPECT_EQ(made->diversity->lambda, 0.5f);
  EXPECT_EQ(made->diversity->candidates, 40u);
  EXPECT_EQ(made->page_token, "next");
  request.mutable_diversity()->set_lambda(0);
  EXPECT_EQ(RequestFrom(v1::SearchRequest(request))->diversity->lambda, 0);
}

TEST(ProtoSearch, GivesGroupsAndTheNextPage) {
  SearchResult result;
  result.next_page_token = "next";
  result.hits.resize(2);
  result.hits[1].group = storage::Value{2.5};
  const v1::SearchResponse response = ToProto(std::move(result));
  EXPECT_EQ(response.next_page_token(), "next");
  EXPECT_FALSE(response.hits(0).has_group());
  EXPECT_EQ(response.hits(1).group().number_value(), 2.5);
}

TEST(ProtoSearch, TakesSnippetsAndPacks) {
  v1::SearchRequest request;
  request.set_collection("c");
  const auto plain = RequestFrom(v1::SearchRequest(request));
  EXPECT_FALSE(plain->snippet || plain->pack);
  request.mutable_snippet();
  request.mutable_pack();
  const auto empty = RequestFrom(v1::SearchRequest(request));
  EXPECT_EQ(empty->snippet->max_bytes, 0u) << "being there asks for it";
  EXPECT_EQ(empty->pack->token_budget, 0u);
  request.mutable_snippet()->set_max_bytes(99);
  request.mutable_pack()->set_token_budget(1000);
  const auto made = RequestFrom(v1::SearchRequest(request));
  EXPECT_EQ(made->snippet->max_bytes, 99u);
  EXPECT_EQ(made->pack->token_budget, 1000u);
}

TEST(ProtoSearch, GivesSnippetsAndPacks) {
  SearchResult result;
  EXPECT_FALSE(ToProto(SearchResult()).has_packed());
  result.hits.resize(2);
  result.hits[1].snippet = Snippet{"a cat", 7, {{2, 5}}};
  result.packed = Packed{{{"d", "a cat", 7, 2}}, 2};
  const v1::SearchResponse response = ToProto(std::move(result));
  EXPECT_FALSE(response.hits(0).has_snippet());
  const v1::Snippet& snippet = response.hits(1).snippet();
  EXPECT_EQ(snippet.text(), "a cat");
  EXPECT_EQ(snippet.offset(), 7u);
  ASSERT_EQ(snippet.highlights_size(), 1);
  EXPECT_EQ(snippet.highlights(0).begin(), 2u);
  EXPECT_EQ(snippet.highlights(0).end(), 5u);
  EXPECT_EQ(response.packed().tokens(), 2u);
  ASSERT_EQ(response.packed().passages_size(), 1);
  EXPECT_EQ(response.packed().passages(0).id(), "d");
  EXPECT_EQ(response.packed().passages(0).text(), "a cat");
  EXPECT_EQ(response.packed().passages(0).offset(), 7u);
  EXPECT_EQ(response.packed().passages(0).tokens(), 2u);
}

TEST(ProtoSearch, GivesEveryPath) {
  SearchResult result;
  result.hits.push_back({0.25F, Named("a", "t"), {0.5F, 3.0F, 2, 1}});
  result.path = index::SearchPath::filtered_ann;
  result.scored = 5;
  result.underfilled = true;
  result.stages.search = 3;
  const v1::SearchResponse response = ToProto(std::move(result));
  EXPECT_EQ(response.hits(0).id(), "a");
  EXPECT_EQ(response.hits(0).document().text(), "t");
  EXPECT_EQ(response.path(), v1::SEARCH_PATH_FILTERED_ANN);
  EXPECT_EQ(response.timings().search_us(), 3U);
  EXPECT_EQ(response.hits(0).dense_score(), 0.5F);
  EXPECT_EQ(response.hits(0).lexical_score(), 3.0F);
  EXPECT_EQ(response.hits(0).dense_rank(), 2U);
  EXPECT_EQ(response.hits(0).lexical_rank(), 1U);
  EXPECT_EQ(ToProto(SearchResult()).path(), v1::SEARCH_PATH_LEXICAL);
}

TEST(ProtoSearch, TakesModeAndFusion) {
  v1::SearchRequest request;
  request.set_collection("c");
  EXPECT_EQ(RequestFrom(v1::SearchRequest(request))->mode, SearchMode::unspecified);
  EXPECT_FALSE(RequestFrom(v1::SearchRequest(request))->fusion.dense_weight.has_value());
  request.set_mode(v1::SEARCH_MODE_LEXICAL);
  request.mutable_fusion()->set_kind(v1::Fusion::KIND_RRF);
  request.mutable_fusion()->set_dense_weight(0);
  request.mutable_fusion()->set_rrf_k(7);
  request.mutable_fusion()->set_candidates(9);
  const auto made = RequestFrom(v1::SearchRequest(request));
  EXPECT_EQ(made->mode, SearchMode::lexical);
  EXPECT_EQ(made->fusion.kind, Fusion::Kind::rrf);
  EXPECT_EQ(made->fusion.dense_weight, 0.0F);
  EXPECT_EQ(made->fusion.rrf_k, 7U);
  EXPECT_EQ(made->fusion.candidates, 9U);
  request.set_mode(static_cast<v1::SearchMode>(77));
  EXPECT_EQ(FieldOf(RequestFrom(v1::SearchRequest(request)).status()), "mode");
  request.set_mode(v1::SEARCH_MODE_DENSE);
  request.mutable_fusion()->set_kind(static_cast<v1::Fusion::Kind>(77));
  EXPECT_EQ(FieldOf(RequestFrom(std::move(request)).status()), "fusion.kind");
}

TEST(ProtoEmbedding, RefusesEnumsItDoesNotKnow) {
  v1::EmbedRequest request;
  request.set_truncation(static_cast<v1::Truncation>(9));
  EXPECT_EQ(FieldOf(RequestFrom(v1::EmbedRequest(request)).status()), "truncation");
  request.set_truncation(v1::TRUNCATION_END);
  request.set_input_type(static_cast<v1::InputType>(-4));
  EXPECT_EQ(FieldOf(RequestFrom(std::move(request)).status()), "input_type");
}

TEST(ProtoEmbedding, CountsTokens) {
  EmbedResult result;
  result.embeddings = {{{1, 2}, 3, false}, {{3, 4}, 4, true}};
  const v1::EmbedResponse response = ToProto(std::move(result));
  EXPECT_EQ(response.usage().texts(), 2U);
  EXPECT_EQ(response.usage().tokens(), 7U);
  EXPECT_EQ(response.embeddings(1).values(0), 3);
  EXPECT_TRUE(response.embeddings(1).truncated());
}

std::vector<CollectionInfo> Collections(int count) {
  std::vector<CollectionInfo> infos(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) infos[static_cast<size_t>(i)].spec.id = "c" + std::to_string(1000 + i);
  return infos;
}

TEST(ProtoCollection, PagesOnceThroughAll) {
  const auto all = Collections(250);
  v1::ListCollectionsRequest request;
  std::vector<std::string> seen;
  int pages = 0;
  do {
    const auto page = PageOf(all, request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const auto& collection : page->collections()) seen.push_back(collection.name());
    request.set_page_token(page->next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(pages, 3);
  ASSERT_EQ(seen.size(), 250U);
  EXPECT_EQ(seen.front(), "collections/c1000");
  EXPECT_EQ(seen.back(), "collections/c1249");
}

TEST(ProtoCollection, RefusesBadPages) {
  v1::ListCollectionsRequest request;
  request.set_page_size(1001);
  EXPECT_EQ(FieldOf(PageOf(Collections(1), request).status()), "page_size");
  request.set_page_size(1);
  request.set_page_token("?!");
  EXPECT_EQ(FieldOf(PageOf(Collections(1), request).status()), "page_token");
}

TEST(ProtoCollection, AMaskSaysWhatChanges) {
  v1::UpdateCollectionRequest request;
  request.mutable_collection()->mutable_index()->set_ef_search(33);
  request.mutable_update_mask()->add_paths("index.ef_search");
  const CollectionParams now{.index = {.m = 5, .ef_construction = 77, .ef_search = 8},
                             .lexical = {.k1 = 2, .b = 0.5F},
                             .target_recall = 0.9};
  const CollectionParams one = (*ChangeFrom(request))(now);
  EXPECT_EQ(one.index.m, 5U);
  EXPECT_EQ(one.index.ef_construction, 77U);
  EXPECT_EQ(one.index.ef_search, 33U);

  request.clear_update_mask();
  EXPECT_EQ((*ChangeFrom(request))(now).index.m, index::IndexParams().m);
  EXPECT_EQ((*ChangeFrom(request))(now).lexical.k1, 2.0F) << "not given";
  request.mutable_collection()->mutable_lexical()->set_k1(0);
  EXPECT_EQ((*ChangeFrom(request))(now).lexical.k1, 0.0F);
  EXPECT_EQ((*ChangeFrom(request))(now).lexical.b, index::LexicalParams().b);
  request.mutable_update_mask()->add_paths("lexical.k1");
  EXPECT_EQ((*ChangeFrom(request))(now).lexical.b, 0.5F);
  EXPECT_EQ((*ChangeFrom(request))(now).index.ef_search, 8U);
  EXPECT_EQ((*ChangeFrom(request))(now).target_recall, 0.9);
  request.mutable_collection()->set_target_recall(0.97);
  EXPECT_EQ((*ChangeFrom(request))(now).target_recall, 0.9) << "not in the mask";
  request.mutable_update_mask()->add_paths("target_recall");
  EXPECT_EQ((*ChangeFrom(request))(now).target_recall, 0.97);
  request.mutable_update_mask()->add_paths("model");
  EXPECT_EQ(FieldOf(ChangeFrom(request).status()), "update_mask");
}

TEST(ProtoCollection, SpecAndBack) {
  v1::CreateCollectionRequest request;
  request.set_collection_id("news");
  request.mutable_collection()->set_dimensions(3);
  request.mutable_collection()->set_metric(v1::METRIC_L2);
  request.mutable_collection()->mutable_index()->set_m(8);
  request.mutable_collection()->set_target_recall(0.95);
  request.mutable_collection()->set_vector_storage(v1::VECTOR_STORAGE_INT8);
  request.set_validate_only(true);
  CollectionInfo info;
  info.spec = *SpecFrom(std::move(request));
  EXPECT_TRUE(info.spec.validate_only);
  info.create_time_us = 1500000;
  info.bytes_per_vector = 99;
  const v1::Collection collection = ToProto(info);
  EXPECT_EQ(collection.vector_storage(), v1::VECTOR_STORAGE_INT8);
  EXPECT_EQ(collection.bytes_per_vector(), 99U);
  EXPECT_EQ(collection.name(), "collections/news");
  EXPECT_EQ(collection.dimensions(), 3U);
  EXPECT_EQ(collection.metric(), v1::METRIC_L2);
  EXPECT_EQ(collection.index().m(), 8U);
  EXPECT_EQ(collection.index().ef_construction(), index::IndexParams().ef_construction);
  EXPECT_EQ(collection.create_time().nanos(), 500000000);
  EXPECT_EQ(collection.target_recall(), 0.95);
  EXPECT_FALSE(collection.has_measured_recall());
  info.measured_recall = 0.5;
  EXPECT_EQ(ToProto(info).measured_recall(), 0.5);

  v1::CreateCollectionRequest unknown;
  unknown.mutable_collection()->set_metric(static_cast<v1::Metric>(4));
  EXPECT_EQ(FieldOf(SpecFrom(std::move(unknown)).status()), "collection.metric");
}

TEST(ProtoEmbedding, AModelSaysHowItsTextsAreSearchedByWords) {
  ModelStatus status;
  status.name = "m";
  status.language = "fr";
  status.dense_weight = 0.25F;
  const v1::ListModelsResponse response = ToProto(std::vector<ModelStatus>{status});
  ASSERT_EQ(response.models_size(), 1);
  EXPECT_EQ(response.models(0).lexical_language(), "fr");
  EXPECT_EQ(response.models(0).dense_weight(), 0.25F);
}

}  // namespace
}  // namespace voisin::service
