-- How many pages an uploaded PDF says it has, or why that is not known. Neither for pictures and for uploads from before.
alter table documents add column page_count integer constraint documents_page_count check (page_count >= 1);
alter table documents add column page_fault text constraint documents_page_fault check (page_fault in ('protected', 'not_found'));
alter table documents add constraint documents_pages_or_fault check (num_nonnulls(page_count, page_fault) <= 1);
