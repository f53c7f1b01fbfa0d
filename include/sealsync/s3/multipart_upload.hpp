#ifndef SEALSYNC_S3_MULTIPART_UPLOAD_HPP
#define SEALSYNC_S3_MULTIPART_UPLOAD_HPP

#include "object_jobs.hpp"

#include <map>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// How a source is cut. All parts but the last are equally long: R2 asks for that.
struct part_plan {
    std::uint64_t size = 0, part_bytes = 0;

    static constexpr std::uint64_t parts_max = 10'000;
    static constexpr std::uint64_t part_bytes_min = std::uint64_t{5} << 20U;
    static constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;

    [[nodiscard]] static part_plan of(std::uint64_t size, std::uint64_t wanted) noexcept {
        const auto least = (size + parts_max - 1) / parts_max;
        const auto bytes = (std::max)({wanted, least, part_bytes_min});
        return {size, (bytes + mebibyte - 1) / mebibyte * mebibyte};
    }
    [[nodiscard]] std::uint32_t count() const noexcept {
        return static_cast<std::uint32_t>((size + part_bytes - 1) / part_bytes);
    }
    /// `number` begins at 1.
    [[nodiscard]] byte_range range(std::uint32_t number) const noexcept {
        const auto offset = (number - 1) * part_bytes;
        return {offset, (std::min)(part_bytes, size - offset)};
    }
};

/// The parts that the store does not have yet, a few at once: those that wait for another attempt count, too.
class part_job : public object_job {
public:
    part_job(std::string_view in, const put_op& op, const part_plan& plan, std::string upload,
             std::vector<std::uint32_t> missing, std::size_t held_max)
        : object_job{in},
          op_{op},
          plan_{plan},
          upload_{std::move(upload)},
          missing_{std::move(missing)},
          held_(missing_.size()),
          held_max_{held_max} {}

    [[nodiscard]] std::size_t count() const noexcept { return missing_.size(); }
    [[nodiscard]] s3_effect effect(std::size_t) const noexcept { return s3_effect::write; }
    [[nodiscard]] const std::string& name(std::size_t) const { return op_.key.text(); }
    [[nodiscard]] bool may_start(std::size_t) const noexcept { return held_count_ == 0 || held_count_ < held_max_; }
    /// After one part has failed no other need be sent.
    [[nodiscard]] result<s3_request> request(std::size_t i) {
        if (failed_) return *failed_;
        const auto range = plan_.range(missing_[i]);
        if (held_[i].empty()) {
            held_[i].resize(static_cast<std::size_t>(range.length));
            ++held_count_;
            if (auto read = op_.source->read(range.offset, held_[i]); !read) {
                failed_ = std::move(read).error();
                return *failed_;
            }
        }
        s3_request wanted{http_method::put, key_of(op_.key)};
        wanted.query = {{"partNumber", std::to_string(missing_[i])}, {"uploadId", upload_}};
        wanted.body = held_[i];
        return wanted;
    }
    void ended(std::size_t i, result<http_response> outcome) {
        if (!std::exchange(held_[i], bytes{}).empty()) --held_count_;
        if (outcome) {
            sent_.push_back({missing_[i], plan_.range(missing_[i]).length, std::string{outcome->header("etag")}});
        } else if (!failed_) {
            failed_ = of_upload(outcome.error(), op_);
        }
    }

    /// Another client that puts the same object may have completed or aborted the upload: then it is gone.
    [[nodiscard]] static failure of_upload(const failure& why, const put_op& op) {
        if (why.code() != errc::not_found) return why;
        return failure{errc::outcome_unknown, op.key.text(), "the upload is gone: " + why.detail()};
    }

    [[nodiscard]] result<std::vector<s3_part>> take() {
        if (failed_) return *failed_;
        return std::move(sent_);
    }

private:
    const put_op& op_;
    const part_plan& plan_;
    std::string upload_;
    std::vector<std::uint32_t> missing_;
    std::vector<bytes> held_;
    std::size_t held_count_ = 0, held_max_;
    std::vector<s3_part> sent_;
    std::optional<failure> failed_;
};

/// Uploads one large source in parts. Requests: one that looks for an upload cut short (and one to list its parts, a
/// thousand at a time), one to begin, one per part, one to complete; one HEAD where the store gives no etag.
///
/// What an upload cut short has stored is used again where size and MD5 of the part agree. An upload that ended for
/// lack of a connection is left for that; one that cannot succeed is aborted.
template <class Runner, s3_xml Xml, s3_crypto Crypto>
class multipart_upload {
public:
    multipart_upload(Runner& runner, Crypto& crypto, std::string_view prefix, const s3_settings& settings,
                     const call_context& call)
        : runner_{runner}, crypto_{crypto}, prefix_{prefix}, settings_{settings}, call_{call} {}

    [[nodiscard]] result<put_reply> run(const put_op& op) {
        const auto plan = part_plan::of(op.source->size(), settings_.part_bytes);
        auto upload = find_or_begin(op);
        if (!upload) return std::move(upload).error().during("begin a multipart upload");
        auto done = fill(op, plan, *upload);
        if (!done && !is_worth_resuming(done.error().code())) abort(op, upload->id);
        return done;
    }

private:
    struct begun {
        std::string id;
        std::map<std::uint32_t, s3_part> stored{};
    };

    [[nodiscard]] std::string key_of(const put_op& op) const { return std::string{prefix_} + op.key.text(); }

    [[nodiscard]] static bool is_worth_resuming(errc code) noexcept {
        return kind_of(code) == error_kind::retry && code != errc::io_error;
    }

    [[nodiscard]] result<http_response> ask(s3_request request, const put_op& op) {
        request.body_max = s3_document_max;
        single_job job{std::move(request), s3_effect::write, op.key.text()};
        if (auto done = runner_.run(job, call_); !done) return std::move(done).error();
        return job.take();
    }

    [[nodiscard]] result<begun> find_or_begin(const put_op& op) {
        if (settings_.resume_uploads) {
            auto found = find(op);
            if (!found) return std::move(found).error();
            if (*found) return **std::move(found);
        }
        s3_request request{http_method::post, key_of(op), {{"uploads"}}};
        request.headers.push_back({"content-type", "application/octet-stream"});
        const auto answer = ask(std::move(request), op);
        if (!answer) return answer.error();
        auto id = Xml::upload_id(answer->body);
        if (!id) return unreadable(id.error(), op.key.text(), *answer);
        return begun{*std::move(id)};
    }

    /// The newest upload of this very key; nothing if there is none, or the store does not tell: what was uploaded
    /// before saves time, and nothing rests on it.
    [[nodiscard]] result<std::optional<begun>> find(const put_op& op) {
        const auto key = key_of(op);
        const auto answer = ask({http_method::get, {}, {{"uploads"}, {"prefix", key}}}, op);
        if (!answer && is_worth_resuming(answer.error().code())) return answer.error();
        if (!answer) return std::optional<begun>{};
        auto uploads = Xml::uploads(answer->body);
        if (!uploads) return std::optional<begun>{};
        std::erase_if(*uploads, [&](const s3_upload& one) { return one.key != key; });
        if (uploads->empty()) return std::optional<begun>{};
        const auto newest = std::max_element(uploads->begin(), uploads->end(),
                                             [](const auto& a, const auto& b) { return a.initiated < b.initiated; });
        begun upload{newest->id};
        auto listed = list_parts(op, upload);
        if (listed) return std::optional<begun>{std::move(upload)};
        if (is_worth_resuming(listed.error().code())) return std::move(listed).error();
        return std::optional<begun>{};
    }

    [[nodiscard]] result<void> list_parts(const put_op& op, begun& upload) {
        std::uint32_t after = 0;
        while (true) {
            s3_request request{http_method::get, key_of(op), {{"uploadId", upload.id}}};
            if (after > 0) request.query.push_back({"part-number-marker", std::to_string(after)});
            const auto answer = ask(std::move(request), op);
            if (!answer) return answer.error();
            auto page = Xml::parts(answer->body);
            if (!page) return std::move(page).error();
            for (auto& part : page->parts) upload.stored.insert_or_assign(part.number, std::move(part));
            if (!page->more || page->next <= after || page->next >= part_plan::parts_max) return {};
            after = page->next;
        }
    }

    [[nodiscard]] result<put_reply> fill(const put_op& op, const part_plan& plan, const begun& upload) {
        std::vector<s3_part> parts;
        std::vector<std::uint32_t> missing;
        for (std::uint32_t number = 1; number <= plan.count(); ++number) {
            if (call_.stop.stop_requested()) return stopped(op.key.text());
            const auto stored = upload.stored.find(number);
            auto same = stored == upload.stored.end() ? result<bool>{false} : holds(op, plan, stored->second);
            if (!same) return std::move(same).error();
            if (*same) {
                parts.push_back(stored->second);
            } else {
                missing.push_back(number);
            }
        }
        auto runner = runner_.with(settings_.parts_at_once);
        part_job job{prefix_, op, plan, upload.id, std::move(missing), settings_.parts_at_once};
        if (auto done = runner.run(job, call_); !done) return std::move(done).error();
        auto sent = job.take();
        if (!sent) return std::move(sent).error();
        parts.insert(parts.end(), sent->begin(), sent->end());
        std::sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
        return complete(op, plan, upload.id, parts);
    }

    /// By MD5, which is what the etag of a part is; where it is not, the part is sent again.
    [[nodiscard]] result<bool> holds(const put_op& op, const part_plan& plan, const s3_part& stored) {
        const auto range = plan.range(stored.number);
        if (stored.size != range.length) return false;
        bytes part(static_cast<std::size_t>(range.length));
        if (auto read = op.source->read(range.offset, part); !read) return std::move(read).error();
        return without_quotes(stored.etag) == to_hex(crypto_.md5(part));
    }

    [[nodiscard]] result<put_reply> complete(const put_op& op, const part_plan& plan, const std::string& id,
                                             const std::vector<s3_part>& parts) {
        const auto document = complete_document(parts);
        s3_request request{http_method::post, key_of(op), {{"uploadId", id}}};
        request.headers.push_back({"content-type", "application/xml"});
        request.body = document;
        const auto answer = ask(std::move(request), op);
        // Gone: an earlier attempt of this very request has completed it, or somebody has aborted it.
        if (!answer && answer.error() == errc::not_found) return look(op, plan, assembled_etag(parts));
        if (!answer) return answer.error().during("complete a multipart upload");
        if (auto said = Xml::error(answer->body); !said.code.empty()) {
            const s3_error error{200, said.code, said.message, said.request_id};
            return failure{errc_by_name(said.code).value_or(errc::unavailable), op.key.text(),
                           describe(error, *answer)};
        }
        auto etag = Xml::completed(answer->body);
        if (!etag) return look(op, plan, assembled_etag(parts));
        if (etag->empty()) return look(op, plan, std::nullopt);
        return put_reply{*std::move(etag), parse_http_date(answer->header("date"))};
    }

    /// The MD5 of the MD5s of all parts, and their count. Servers that make their etags otherwise are not believed
    /// where it matters.
    [[nodiscard]] std::string assembled_etag(const std::vector<s3_part>& parts) {
        bytes all(parts.size() * 16);
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (!from_hex(without_quotes(parts[i].etag), std::span{all}.subspan(i * 16, 16))) return "unknown";
        }
        return to_hex(crypto_.md5(all)) + "-" + std::to_string(parts.size());
    }

    /// What is stored under the key now, if it is as long as it should be, and has that etag where it must.
    [[nodiscard]] result<put_reply> look(const put_op& op, const part_plan& plan, std::optional<std::string> etag) {
        const get_op details{op.key, get_part::details};
        result<get_reply> found{failure{errc::outcome_unknown, op.key.text()}};
        const auto take = [&](std::size_t, result<get_reply> reply) { found = std::move(reply); };
        get_job job{prefix_, {&details, 1}, take};
        if (auto done = runner_.run(job, call_); !done) return std::move(done).error();
        if (!found) return part_job::of_upload(found.error(), op);
        if (found->size != plan.size || (etag && without_quotes(found->etag) != *etag)) {
            return failure{errc::outcome_unknown, op.key.text(), "the upload is gone, and another object is there"};
        }
        return put_reply{std::move(found->etag), found->date};
    }

    /// Its failure is of no interest: the one that led here is told, and an upload that stays is listed by the store.
    void abort(const put_op& op, const std::string& id) {
        (void)ask({http_method::remove, key_of(op), {{"uploadId", id}}}, op);
    }

    Runner& runner_;
    Crypto& crypto_;
    std::string_view prefix_;
    const s3_settings& settings_;
    const call_context& call_;
};

}}} // namespace sealsync::detail

#endif
