#ifndef SEALSYNC_SYNC_ATTACHMENT_READER_HPP
#define SEALSYNC_SYNC_ATTACHMENT_READER_HPP

#include "editor.hpp"
#include "sealed_source.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

using byte_sink = function_ref<result<void>(bytes_view)>;

inline constexpr std::size_t copy_bytes = std::size_t{1} << 20U;

/// How long the plaintext of a sealed stream is.
[[nodiscard]] inline std::uint64_t plain_bytes(const stream_layout& layout, std::uint64_t sealed) noexcept {
    if (sealed < layout.header_bytes + layout.overhead_bytes) return 0;
    const auto body = sealed - layout.header_bytes;
    const auto chunk = layout.chunk_bytes + layout.overhead_bytes;
    const auto chunks = std::max<std::uint64_t>(1, (body + chunk - 1) / chunk);
    return body - chunks * layout.overhead_bytes;
}

/// Feeds a whole source to `sink`, a megabyte at a time.
[[nodiscard]] inline result<void> read_all(byte_source& source, byte_sink sink) {
    bytes buffer;
    for (std::uint64_t at = 0; at < source.size(); at += buffer.size()) {
        buffer.resize(static_cast<std::size_t>(std::min<std::uint64_t>(copy_bytes, source.size() - at)));
        if (auto got = source.read(at, buffer); !got) return got;
        if (auto taken = sink(buffer); !taken) return taken;
    }
    return {};
}

/// Reads a whole source, and gives the dedupe id of what was read. With a cipher of its own: hashing a large file must
/// not keep other edits waiting.
template <class State>
[[nodiscard]] result<object_id> read_and_identify(State& state, const collection_id& collection, byte_source& source,
                                                  byte_sink sink) {
    auto cipher = [&] {
        const std::scoped_lock lock{state.local.mutex};
        return state.local.cipher;
    }();
    auto hasher = cipher.start_keyed_id(id_purpose::attachment, collection.text());
    auto read = read_all(source, [&](bytes_view part) {
        hasher.update(part);
        return sink(part);
    });
    if (!read) return std::move(read).error();
    return object_id::make(hasher.finish().hex());
}

template <class State>
[[nodiscard]] result<object_id> dedupe_id(State& state, const collection_id& collection, byte_source& source) {
    return read_and_identify(state, collection, source, [](bytes_view) { return result<void>{}; });
}

template <class State>
[[nodiscard]] result<void> note_attachment(State& state, typename State::unit_type& unit, const object_ref& ref,
                                           const attachment_source& source, std::uint64_t size,
                                           const attachment_info& info) {
    const auto row = unit.object(ref);
    const auto& known = row.siblings.versions();
    const auto same_name = [&](const sibling_version& v) {
        return v.what.filename == info.filename && v.what.media_type == info.media_type;
    };
    const bool committed = any_of(known, [](const auto& v) { return v.pending == 0; });
    // The newest source is the likeliest to be there still.
    if (!committed) unit.store_source(ref, source.encode());
    if (any_of(known, same_name)) return {};
    editor<State> edits{state, unit};
    auto attached = edits.attach(ref, state.local.cipher.layout().sealed_bytes(size), info);
    return attached ? result<void>{} : result<void>{std::move(attached).error()};
}

template <class Unit>
[[nodiscard]] std::optional<attachment_entry> attachment_entry_of(Unit& unit, const object_ref& ref,
                                                                  const stream_layout& layout) {
    const auto row = unit.object(ref);
    if (row.siblings.empty()) return std::nullopt;
    attachment_entry entry{ref.id, 0, false, {}};
    for (const auto& version : row.siblings.versions()) {
        entry.size = plain_bytes(layout, version.what.size);
        entry.committed = entry.committed || version.pending == 0;
        entry.names.push_back({version.what.filename, version.what.media_type});
    }
    return entry;
}

/// Reads an attachment from the store: whole chunks per GET, each opened before the sink sees it, everything hashed.
template <class State>
class attachment_download {
public:
    attachment_download(State& state, const change& what, const call_context& call)
        : state_{state},
          cipher_{state.syncing.cipher},
          what_{what},
          call_{call},
          layout_{cipher_.layout()},
          key_{state.keys.attachment_data(what.collection, what.id)} {}

    [[nodiscard]] result<void> run(byte_sink sink) {
        const auto plain_size = plain_bytes(layout_, what_.size);
        if (layout_.sealed_bytes(plain_size) != what_.size)
            return tampered("no sealed form has the length it should have");
        chunks_ = layout_.chunks(plain_size);
        if (auto done = copy(sink); !done) return done;
        if (sealed_hash_.finish() != what_.stored) return tampered("not the bytes whose digest its segment has");
        return {};
    }

private:
    static constexpr std::uint64_t part_bytes = std::uint64_t{4} << 20U; ///< about, of one GET
    static constexpr std::size_t parts_at_once = 4;                      ///< so much is held

    /// The plaintext of a part, chunk by chunk, in buffers that the next part uses again.
    struct opened_part {
        list<bytes> chunks;
        std::size_t count = 0;
    };

    /// While a part is opened, the sink takes the one before it, and those after it are fetched.
    [[nodiscard]] result<void> copy(byte_sink sink) {
        auto fetched = get_parts(0);
        opened_part opened, taken;
        for (std::uint64_t first = 0; first < chunks_;) {
            if (!fetched) return std::move(fetched).error();
            auto parts = *std::exchange(fetched, list<bytes>{});
            for (std::size_t i = 0; i < parts.size(); ++i, first += chunks_of_part()) {
                const auto rest = i + 1 == parts.size() ? first + chunks_of_part() : chunks_;
                result<void> sunk, done;
                state_.syncing.run_parts(2, [&](std::size_t task) {
                    if (task == 1) {
                        done = open(std::exchange(parts[i], {}), first, opened);
                    } else if (sunk = give(taken, sink); sunk && rest < chunks_) {
                        fetched = get_parts(rest);
                    }
                });
                if (!sunk) return sunk;
                if (!done) return done;
                std::swap(opened, taken);
            }
        }
        return give(taken, sink);
    }

    [[nodiscard]] static result<void> give(const opened_part& part, byte_sink sink) {
        for (std::size_t i = 0; i < part.count; ++i) {
            if (auto taken = sink(part.chunks[i]); !taken) return taken;
        }
        return {};
    }

    /// The header comes with the first part: it is no request of its own.
    [[nodiscard]] result<void> open(const bytes& sealed, std::uint64_t index, opened_part& out) {
        bytes_view part{sealed};
        if (!opener_) {
            const auto header = part.subview(0, layout_.header_bytes);
            const sealing_context context{object_kind::attachment, state_.vault, what_.collection.text(),
                                          what_.id.text()};
            auto begun = cipher_.start_open(context, header);
            if (!begun) return named(std::move(begun).error());
            opener_.emplace(*std::move(begun));
            sealed_hash_.update(header);
            part = part.subview(layout_.header_bytes);
        }
        const auto chunk_bytes = static_cast<std::size_t>(layout_.chunk_bytes + layout_.overhead_bytes);
        for (out.count = 0; index < chunks_ && (!part.empty() || chunks_ == 1); ++index) {
            const auto chunk = part.subview(0, (std::min)(chunk_bytes, part.size()));
            sealed_hash_.update(chunk);
            if (out.count == out.chunks.size()) out.chunks.push_back({});
            auto opened = opener_->open_chunk(index, index + 1 == chunks_, chunk, out.chunks[out.count++]);
            if (!opened) return named(std::move(opened).error());
            part = part.subview(chunk.size());
            if (part.empty()) break;
        }
        return {};
    }

    [[nodiscard]] std::uint64_t chunks_of_part() const noexcept {
        return std::max<std::uint64_t>(1, part_bytes / (layout_.chunk_bytes + layout_.overhead_bytes));
    }

    /// From chunk `first` on, several parts at once.
    [[nodiscard]] result<list<bytes>> get_parts(std::uint64_t first) {
        list<get_op> ops;
        for (; first < chunks_ && ops.size() < parts_at_once; first += chunks_of_part()) {
            const auto next = first + chunks_of_part();
            const auto from = first == 0 ? 0 : layout_.offset_of(first);
            const auto end = next < chunks_ ? layout_.offset_of(next) : what_.size;
            get_op op{key_};
            op.range = byte_range{from, end - from};
            op.size_max = end - from;
            ops.push_back(std::move(op));
        }
        list<bytes> parts(ops.size());
        std::size_t answered = 0;
        std::optional<failure> broken;
        auto done = state_.syncing.store.get(
            ops,
            [&](std::size_t i, result<get_reply> reply) {
                ++answered;
                if (reply && reply->body.size() == ops[i].size_max) {
                    parts[i] = std::move(reply->body);
                } else if (!broken) {
                    broken = reply ? tampered("shorter than its segment says") : reason(std::move(reply).error());
                }
            },
            call_);
        if (broken) return *std::move(broken);
        if (!done) return std::move(done).error().during("read an attachment");
        if (answered != ops.size()) return failure{errc::outcome_unknown, key_.text(), "not every get was answered"};
        return parts;
    }
    [[nodiscard]] failure reason(failure why) const {
        if (why == errc::not_found) return failure{errc::missing_object, key_.text()};
        return why.during("read an attachment");
    }

    [[nodiscard]] failure tampered(std::string why) const {
        return failure{errc::tampered, key_.text(), std::move(why)};
    }
    [[nodiscard]] failure named(failure why) const { return failure{why.code(), key_.text(), why.detail()}; }

    State& state_;
    any_cipher& cipher_;
    const change& what_;
    const call_context& call_;
    stream_layout layout_;
    object_key key_;
    std::uint64_t chunks_ = 0;
    any_hasher sealed_hash_{cipher_.start_digest()};
    std::optional<any_opener> opener_; ///< since the header came
};

/// The one user of the storage at a time: a sync, or a read of an attachment.
class exclusive_use {
public:
    explicit exclusive_use(std::atomic_flag& flag) noexcept : flag_{flag}, held_{!flag.test_and_set()} {}
    ~exclusive_use() {
        if (held_) flag_.clear();
    }
    exclusive_use(const exclusive_use&) = delete;
    exclusive_use& operator=(const exclusive_use&) = delete;
    [[nodiscard]] explicit operator bool() const noexcept { return held_; }

private:
    std::atomic_flag& flag_;
    bool held_;
};

/// From where it was attached: a file that has been replaced since is not what is asked for.
template <class State>
[[nodiscard]] result<void> read_local(State& state, const object_ref& ref, const attachment_source& source,
                                      byte_sink sink) {
    auto plain = source.open();
    if (!plain) return std::move(plain).error();
    const auto id = read_and_identify(state, ref.collection, **plain, sink);
    if (!id) return id.error();
    if (*id == ref.id) return {};
    return failure{errc::source_changed, ref.id.text(), "its source is not what was attached"};
}

template <class State>
[[nodiscard]] result<void> read_attachment(State& state, const object_ref& ref, byte_sink sink,
                                           const call_context& call) {
    std::optional<change> committed;
    auto source = state.local.inspect([&](auto& unit) -> result<std::optional<attachment_source>> {
        const auto row = unit.object(ref);
        if (row.siblings.empty()) return failure{errc::not_found, ref.id.text(), "never attached here"};
        for (const auto& version : row.siblings.versions()) {
            if (version.pending == 0) committed = version.what;
        }
        if (committed) return std::optional<attachment_source>{};
        const auto encoded = unit.source(ref);
        if (!encoded) return failure{errc::replica_corrupt, ref.id.text(), "an attachment has lost its source"};
        auto decoded = attachment_source::decode(*encoded);
        if (!decoded) return std::move(decoded).error();
        return std::optional{*std::move(decoded)};
    });
    if (!source) return std::move(source).error();
    if (*source) {
        return read_local(state, ref, **source, sink);
    }
    const exclusive_use use{state.syncing.in_use};
    if (!use) return failure{errc::busy, ref.id.text(), "a sync is using the store"};
    return attachment_download<State>{state, *committed, call}.run(sink);
}

}}} // namespace sealsync::detail

#endif
