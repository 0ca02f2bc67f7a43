-- What operators look after: work that is not done, with what it is about, and mails that did not arrive.

-- Unfinished jobs and those that were given up. A payload that is none of its queue is about nothing.
create view open_jobs as
select jobs.job_id, jobs.queue, jobs.run_at, jobs.attempts, jobs.buried, jobs.failed_reason, jobs.leased_until,
       jobs.created_at, messages.message_id, messages.kind as email_kind, messages.help_desk_number,
       letters.letter_id, letters.kind as letter_kind, letters.number as letter_number,
       coalesce(messages.office_code, letters.office_code) as office_code
from jobs
left join messages on jobs.queue = 'send_message'
    and messages.message_id = case when jobs.payload ->> 'message_id' ~ '^[0-9a-f-]{36}$' then (jobs.payload ->> 'message_id')::uuid end
left join letters on jobs.queue = 'render_letter'
    and letters.letter_id = case when jobs.payload ->> 'letter_id' ~ '^[0-9a-f-]{36}$' then (jobs.payload ->> 'letter_id')::uuid end
where jobs.finished_at is null or jobs.buried;
grant select on open_jobs to aktivasi_app;

create index jobs_buried on jobs (job_id) where buried;
create index messages_failed on messages (fate_at desc, message_id desc) where fate in ('bounced', 'given_up');
